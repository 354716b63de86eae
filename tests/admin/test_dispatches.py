"""The admin of what is to leave: its filters, a dispatch's page, and the actions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.utils import timezone

from realtime_notify.models import Dispatch
from tests.admin.pages import list_url, run_action
from tests.sending.conftest import enqueue


@pytest.fixture
def due(alice, fill):
    """Three dispatches: one is due, one will be, and one has failed and will be tried again."""
    later = timezone.now() + timedelta(days=1)
    rows = fill(alice, count=3)
    return [
        enqueue(alice, rows[0]),
        enqueue(alice, rows[1], due_at=later),
        enqueue(alice, rows[2], due_at=later, interval=60, attempts=2, last_error="OSError: away"),
    ]


def listed(client, **filters):
    return [row.pk for row in client.get(list_url("dispatch"), filters).context["cl"].queryset]


def test_what_waits_is_filtered_by_when_it_is_due(superuser, due):
    now, later, again = (row.pk for row in due)

    assert listed(superuser, due="now") == [now]
    assert listed(superuser, due="later") == [again, later]
    assert listed(superuser, due="again") == [again]
    assert listed(superuser) == [again, later, now]


def test_what_was_given_up_is_found_by_state_and_medium(superuser, due):
    Dispatch.objects.filter(pk=due[1].pk).update(state="dead")

    assert listed(superuser, state="dead", medium__name__exact="post") == [due[1].pk]
    assert listed(superuser, state__exact="dead") == [due[1].pk]


def test_an_e_mail_address_finds_its_dispatches(superuser, due, send):
    event = send("The kettle is on", "kitchen/kettle")
    theirs = enqueue("ann@example.com", event)

    assert listed(superuser, q="Ann@example.com") == [theirs.pk]


def test_a_dispatch_shows_its_events_and_its_last_error(superuser, due):
    due[2].items.update(reason="read")

    html = superuser.get(f"{list_url('dispatch')}{due[2].pk}/change/").content.decode()

    assert "OSError: away" in html
    assert "Number 2" in html
    assert "read" in html


def test_a_dispatch_with_many_events_shows_them_by_few_queries(
    superuser, alice, fill, django_assert_max_num_queries
):
    dispatch = enqueue(alice, *fill(alice, count=30))

    with django_assert_max_num_queries(12):
        superuser.get(f"{list_url('dispatch')}{dispatch.pk}/change/")


def test_what_was_given_up_is_sent_again_and_what_waits_is_dropped(superuser, due):
    Dispatch.objects.filter(pk=due[0].pk).update(state="dead", is_open=None)

    answer = run_action(superuser, "dispatch", "requeue", due[:1])
    assert "1 message changed." in answer.content.decode()
    assert Dispatch.objects.get(pk=due[0].pk).state == "waiting"

    run_action(superuser, "dispatch", "drop", due[:2])
    assert list(Dispatch.objects.order_by("pk").values_list("state", flat=True)) == [
        "dropped",
        "dropped",
        "waiting",
    ]


def test_staff_who_may_only_view_cannot_send_again(client, due):
    clerk = get_user_model()._default_manager.create(username="clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(clerk)

    run_action(client, "dispatch", "drop", due)

    assert set(Dispatch.objects.values_list("state", flat=True)) == {"waiting"}
