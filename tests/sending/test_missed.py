"""Digests that nobody sent in time come as one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from realtime_notify.models import Dispatch
from realtime_notify.sending import Sent, send_due
from tests.sending.conftest import Post

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

DAILY, HOURLY = 1440, 60


def days_ago(days):
    return timezone.now() - timedelta(days=days)


def told():
    return [[item.event.message for item in letter.items] for letter in Post.letters]


def test_the_digests_that_somebody_missed_come_as_one(alice, bob, fill, queue):
    for number, row in enumerate(fill(alice, count=3)):
        queue(alice, row, interval=DAILY, due_at=days_ago(3 - number))
    queue(bob, *fill(bob, count=2), interval=DAILY, due_at=days_ago(2))

    assert send_due() == Sent(sent=2, events=5)

    assert sorted(told()) == [["Number 0", "Number 1"], ["Number 0", "Number 1", "Number 2"]]
    assert set(Dispatch.objects.values_list("state", "recipient")) == {
        ("sent", f"user:{alice.pk}"),
        ("sent", f"user:{bob.pk}"),
    }


def test_they_are_found_beyond_the_batch(users, send, queue, monkeypatch):
    people = users(3)
    monkeypatch.setattr("realtime_notify.sending.senders.SMALLEST", 1)
    for number in range(3):
        event = send(f"Number {number}", "kitchen/kettle", recipients=people)
        for row in event.notifications.all():
            queue(row.user, row, interval=DAILY, due_at=days_ago(3 - number))

    assert send_due() == Sent(sent=3, events=9)


def test_messages_at_once_other_intervals_and_what_has_failed_stay_apart(alice, fill, queue):
    rows = fill(alice, count=6)
    queue(alice, rows[0], due_at=days_ago(2))
    queue(alice, rows[1], due_at=days_ago(1))
    queue(alice, rows[2], interval=HOURLY, due_at=days_ago(2))
    queue(alice, rows[3], interval=DAILY, due_at=days_ago(2))
    queue(alice, rows[4], interval=DAILY, due_at=days_ago(1), attempts=2)
    queue(alice, rows[5], interval=DAILY, due_at=timezone.now() + timedelta(days=1))

    assert send_due() == Sent(sent=5, events=5)


def test_an_event_that_stands_in_two_digests_is_told_once(alice, make_notification, queue):
    row = make_notification(alice)
    queue(alice, row, interval=DAILY, due_at=days_ago(2))
    queue(alice, row, interval=DAILY, due_at=days_ago(1))

    assert send_due() == Sent(sent=1, events=1)


def test_what_another_worker_has_taken_is_left_to_it(alice, fill, queue):
    first, second = fill(alice, count=2)
    queue(
        alice,
        first,
        interval=DAILY,
        due_at=days_ago(2),
        claimed_until=timezone.now() + timedelta(minutes=1),
        claimed_by="another",
        is_open=None,
    )
    queue(alice, second, interval=DAILY, due_at=days_ago(1))

    assert send_due() == Sent(sent=1, events=1)
    assert told() == [["Number 1"]]
