"""Endpoints in the admin: secrets, tests, the log."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from realtime_notify.models import Attempt, Dispatch, DispatchState, Endpoint, Medium
from tests.admin.pages import list_url, run_action
from tests.media.webhook.receiver import receiving


@pytest.fixture
def endpoint(db):
    return Endpoint.objects.create(name="CRM", url="https://crm.example.com/", keys=["**"])


@pytest.fixture
def clerk(client, db):
    person = get_user_model()._default_manager.create(username="clerk", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(person)
    return client


def page_of(endpoint):
    return reverse("admin:realtime_notify_endpoint_change", args=[endpoint.pk])


def test_an_endpoint_is_added_with_a_secret(superuser):
    url = reverse("admin:realtime_notify_endpoint_add")
    superuser.post(url, {"name": "CRM", "url": "https://crm.example.com/", "keys": '["a/*"]'})

    endpoint = Endpoint.objects.get()
    assert endpoint.keys == ["a/*"]
    assert endpoint.secret in superuser.get(page_of(endpoint)).content.decode()


def test_staff_who_may_only_view_do_not_see_the_secret(clerk, endpoint):
    html = clerk.get(page_of(endpoint)).content.decode()

    assert endpoint.url in html
    assert endpoint.secret not in html


def test_a_rotated_secret_stays_valid_for_a_day(superuser, endpoint):
    old = endpoint.secret
    run_action(superuser, "endpoint", "rotate_secrets", Endpoint.objects.all())

    endpoint.refresh_from_db()
    assert endpoint.secrets() == [endpoint.secret, old]
    assert endpoint.previous_secret_until > timezone.now() + timedelta(hours=23)


def test_staff_who_may_only_view_rotate_nothing(clerk, endpoint):
    run_action(clerk, "endpoint", "rotate_secrets", Endpoint.objects.all())

    assert Endpoint.objects.get().secret == endpoint.secret


def test_a_test_tells_what_came_of_it(superuser, settings):
    settings.REALTIME_NOTIFY = {"ALLOWED_PRIVATE_NETWORKS": ["127.0.0.0/8"]}
    with receiving() as receiver:
        Endpoint.objects.create(name="good", url=receiver.url, keys=["**"])
        good = run_action(superuser, "endpoint", "test", Endpoint.objects.all())
        receiver.statuses = [404]
        bad = run_action(superuser, "endpoint", "test", Endpoint.objects.all())

    assert "Good: It answered 200." in good.content.decode()
    assert "Good: It answered 404." in bad.content.decode()


def test_the_log_shows_attempts_and_sends_them_again(superuser, endpoint):
    dispatch = Dispatch.objects.create(
        medium=Medium.objects.get_or_create(name="webhook")[0],
        recipient=f"endpoint:{endpoint.pk}",
        endpoint=endpoint,
        due_at=timezone.now(),
        is_open=None,
        state=DispatchState.DEAD,
    )
    Attempt.objects.create(
        endpoint=endpoint, dispatch=dispatch, request="evt_1_1", error="It answered 500.", seconds=1
    )

    html = superuser.get(list_url("attempt")).content.decode()
    answer = run_action(superuser, "attempt", "send_again", Attempt.objects.all())

    assert "It answered 500." in html
    assert "1 request will be sent again." in answer.content.decode()
    dispatch.refresh_from_db()
    assert dispatch.state == DispatchState.WAITING
