"""Withdrawing an event that is still on its way to inboxes, or on its way out of many."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from realtime_notify import EVERYONE, notify, unread_count, withdraw
from realtime_notify.delivery import deliver, sweep
from realtime_notify.inbox import broadcasts, counts
from realtime_notify.models import Event, Inbox, Notification
from realtime_notify.work import Work, run_due
from tests.publish.conftest import messages

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_an_event_of_the_same_transaction_is_never_delivered(alice, commit, settings):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0}
    with commit():
        event = notify("Oops", "a", recipients=[alice])
        notify("Other", "a", recipients=[alice])
        withdraw(event)

    assert messages(alice) == ["Other"]
    assert counts(alice)["rev"] == 1


def test_a_planned_delivery_does_not_happen(alice, send, take_back):
    event = send("Later", "a", recipients=[alice], deliver_at=timezone.now() + timedelta(hours=1))

    take_back(event)
    Event.objects.update(deliver_at=timezone.now() - timedelta(hours=1))
    run_due()

    assert messages(alice) == []
    assert not Inbox.objects.exists()


def test_a_delivery_that_is_under_way_stops(users, settings, send, take_back):
    settings.REALTIME_NOTIFY = {"CHUNK_SIZE": 2, "INLINE_RECIPIENTS": 2, "INLINE_SECONDS": 60.0}
    people = users(5)
    event = send("Oops", "a", recipients=people)
    stale = Event.objects.get()
    assert sum(counts(user)["unread"] for user in people) == 2

    take_back(event)

    assert deliver(stale) is False
    assert sweep() == 0
    assert [counts(user)["unread"] for user in people] == [0] * 5


def test_stragglers_never_get_it(users, send, take_back):
    people = users(2)
    event = send("Oops", "a", recipients=people[:1])
    Event.objects.update(
        delivered_at=None, due_at=timezone.now(), stragglers=[[people[1].pk, None]]
    )
    stale = Event.objects.get()

    take_back(event)

    assert deliver(stale) is False
    run_due()
    assert messages(people[1]) == []


def test_no_inbox_takes_a_withdrawn_broadcast_in_any_more(alice, bob, send, take_back):
    event = send("Oops", "a", recipients=EVERYONE, lazy=True)
    send("Other", "a", recipients=EVERYONE, lazy=True)
    broadcasts.take_in([alice.pk])

    take_back(event)

    assert messages(alice) == messages(bob) == ["Other"]
    assert unread_count(bob) == 1
    assert Notification.objects.filter(event=event, user=bob).count() == 0
    assert counts(bob)["rev"] == 1


def test_a_broadcast_that_is_withdrawn_before_it_has_a_number_never_gets_one(
    alice, settings, commit, take_back
):
    event = notify("Oops", "a", recipients=EVERYONE, lazy=True)

    take_back(event)
    run_due()

    event.refresh_from_db()
    assert event.number is None
    assert messages(alice) == []


def test_large_audiences_are_left_to_the_worker(users, settings, send, take_back):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 2}
    people = users(7)
    event = send("Oops", "a", recipients=people)
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "CHUNK_SIZE": 2, "INLINE_RECIPIENTS": 3}

    take_back(event)
    assert sum(counts(user)["unread"] for user in people) == 4

    assert run_due() == Work(removed=1)
    assert [counts(user)["unread"] for user in people] == [0] * 7


def test_many_withdrawals_of_one_commit_share_one_budget(users, settings, send, commit):
    settings.REALTIME_NOTIFY = {"INLINE_SECONDS": 60.0, "INLINE_RECIPIENTS": 5}
    people = users(2)
    events = [send(f"Oops {number}", "a", recipients=people) for number in range(4)]

    with commit():
        for event in events:
            withdraw(event)

    assert sum(counts(user)["unread"] for user in people) == 3
    assert run_due() == Work(removed=2)
