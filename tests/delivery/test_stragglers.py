"""People whose inbox somebody else has locked: nobody waits for them, and they lose nothing."""

from __future__ import annotations

import time

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import F

from realtime_notify import mark_read, notify, subscribe
from realtime_notify.delivery import chunks, deliver, sweep
from realtime_notify.models import Event, Inbox, Notification, Subscription
from tests.delivery.conftest import held, numbers

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.sql,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows"),
]


def sweep_until_delivered(event):
    for _ in range(20):
        sweep()
        event.refresh_from_db()
        if event.delivered_at:
            return
        time.sleep(0.2)
    pytest.fail(f"{event.stragglers} were never reached.")


def inboxes(*people):
    return Inbox.objects.filter(pk__in=[user.pk for user in people]).order_by("pk")


@pytest.fixture
def five(users):
    people = users(5)
    notify("Before", "a", recipients=people)
    return list(type(people[0]).objects.order_by("pk"))  # as delivery meets them


def test_a_busy_inbox_holds_up_nobody_else(five):
    busy, *others = five
    with held(inboxes(busy)):
        event = notify("Hello", "a", recipients=five)

        assert [numbers(user) for user in others] == [(2, 2, 2)] * 4
        event.refresh_from_db()
        assert event.delivered_at is None
        assert event.reached == 4
        assert [user for user, _ in event.stragglers] == [
            busy.pk if isinstance(busy.pk, int) else str(busy.pk)
        ]

    sweep_until_delivered(event)
    assert numbers(busy) == (2, 2, 2)
    assert event.reached == 5
    assert event.stragglers == []


def test_a_user_row_that_is_locked_holds_up_nobody_else(five):
    with held(get_user_model().objects.filter(pk=five[2].pk)):
        event = notify("Hello", "a", recipients=five)
        assert [numbers(user)[0] for user in five] == [2, 2, 1, 2, 2]

    sweep_until_delivered(event)
    assert [numbers(user)[0] for user in five] == [2] * 5


def test_stragglers_keep_the_subscription_that_reached_them(five):
    subscriptions = [subscribe(user, "a") for user in five]
    with held(inboxes(five[0])):
        event = notify("Hello", "a")

    sweep_until_delivered(event)
    rows = Notification.objects.filter(event=event)
    assert {row.subscription_id for row in rows} == {row.pk for row in subscriptions}


def test_who_is_unsubscribing_holds_up_nobody_and_breaks_nothing(five):
    leaving, *staying = [subscribe(user, "a") for user in five]
    with held(Subscription.objects.filter(pk=leaving.pk)):
        event = notify("Hello", "a")

        rows = Notification.objects.filter(event=event)
        assert {row.user_id: row.subscription_id for row in rows} == {
            five[0].pk: None,
            **{row.user_id: row.pk for row in staying},
        }


def test_the_walk_goes_on_past_stragglers(five, settings):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 2}
    with held(inboxes(five[0], five[3])):
        event = notify("Hello", "a", recipients=five)
        assert [numbers(user)[0] for user in five] == [1, 2, 2, 1, 2]

    sweep_until_delivered(event)
    assert [numbers(user)[0] for user in five] == [2] * 5


def test_many_stragglers_have_their_turn_before_the_walk_goes_on(five, settings, monkeypatch):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 2}
    monkeypatch.setattr(chunks, "MANY_STRAGGLERS", 2)
    with held(inboxes(*five[:2])):
        event = notify("Hello", "a", recipients=five)
        event.refresh_from_db()
        assert len(event.stragglers) == 2
        assert event.cursor
        assert [numbers(user)[0] for user in five] == [1] * 5

    sweep_until_delivered(event)
    assert [numbers(user)[0] for user in five] == [2] * 5


def test_two_processes_never_give_a_straggler_the_same_twice(five):
    with held(inboxes(five[0])):
        event = notify("Hello", "a", recipients=five)
    first, second = Event.objects.get(pk=event.pk), Event.objects.get(pk=event.pk)

    assert deliver(first) is True
    assert deliver(second) is False

    assert numbers(five[0]) == (2, 2, 2)


def test_stragglers_who_are_deleted_meanwhile_are_forgotten(five):
    busy = five[0]
    with held(inboxes(busy)):
        event = notify("Hello", "a", recipients=five)
    busy.delete()

    sweep_until_delivered(event)
    assert Notification.objects.filter(event=event).count() == 4


def test_stragglers_of_an_event_that_expires_are_forgotten(five):
    with held(inboxes(five[0])):
        event = notify("Hello", "a", recipients=five)
    Event.objects.filter(pk=event.pk).update(expires_at=F("created"))

    sweep_until_delivered(event)
    assert numbers(five[0]) == (1, 1, 1)


def test_a_crowd_of_busy_inboxes_is_waited_for_a_moment(users):
    people = users(60)
    notify("Before", "a", recipients=people)
    with held(inboxes(*people)):
        started = time.monotonic()
        event = notify("Hello", "a", recipients=people)
        assert time.monotonic() - started < 5

    event.refresh_from_db()
    assert event.delivered_at is None
    sweep_until_delivered(event)
    assert {numbers(user) for user in people} == {(2, 2, 2)}


def test_a_busy_inbox_can_still_be_marked_when_it_is_free(five):
    with held(inboxes(five[0])):
        notify("Hello", "a", recipients=five)
    mark_read(five[0], upto=1)
    sweep_until_delivered(Event.objects.latest("pk"))
    assert numbers(five[0]) == (3, 1, 1)
