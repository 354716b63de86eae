"""Unread repeats collapse into one notification."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from realtime_notify import mark_read
from realtime_notify.delivery import deliver
from realtime_notify.delivery.revising import remove
from realtime_notify.inbox import archive, delete, mark_seen
from realtime_notify.models import Event, Notification
from tests.blog.models import Post
from tests.delivery.conftest import numbers

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_an_unread_repeat_collapses_and_moves_to_the_top(alice, send):
    send("Same", "a", recipients=[alice])
    send("Other", "a", recipients=[alice])
    repeat = send("Same", "a", recipients=[alice])

    top, other = Notification.objects.filter(user=alice)
    assert (top.event, top.occurrences, top.seq, top.rev) == (repeat, 2, 3, 3)
    assert other.occurrences == 1
    assert numbers(alice) == (3, 2, 2)


def test_a_repeat_of_what_was_seen_is_unseen_again(alice, send):
    send("Same", "a", recipients=[alice])
    mark_seen(alice, upto=1)
    assert numbers(alice) == (2, 1, 0)

    send("Same", "a", recipients=[alice])

    assert numbers(alice) == (3, 1, 1)


@pytest.mark.parametrize("put_away", [mark_read, archive, delete])
def test_a_read_archived_or_deleted_notification_does_not_collapse(alice, send, put_away):
    send("Same", "a", recipients=[alice])
    put_away(alice, upto=1)

    send("Same", "a", recipients=[alice])

    assert sorted(Notification.objects.values_list("occurrences", flat=True)) == [1, 1]
    assert numbers(alice) == (3, 1, 1)


@pytest.mark.parametrize(
    "different",
    [
        {"message": "Other"},
        {"key": "b"},
        {"url": "/x/"},
        {"description": "More"},
        {"level": "error"},
        {"verb": "did"},
        {"data": {"k": 1}},
    ],
)
def test_only_events_that_say_the_same_collapse(alice, send, different):
    said = {"message": "Same", "key": "a", "recipients": [alice]}
    send(**said)
    send(**{**said, **different})

    assert Notification.objects.count() == 2


def test_different_targets_keep_notifications_apart(alice, send):
    for title in ("1", "2"):
        send("Same", "a", Post.objects.create(title=title), recipients=[alice])

    assert Notification.objects.count() == 2


def test_events_with_one_collapse_key_collapse_and_the_newest_is_shown(alice, send):
    send("Ann liked it", "like", recipients=[alice], collapse_key="post-1")
    send("Ann and Bob liked it", "like", recipients=[alice], collapse_key="post-1")
    send("Ann liked it", "like", recipients=[alice], collapse_key="post-2")
    send("Ann shared it", "share", recipients=[alice], collapse_key="post-1")

    assert [(row.event.message, row.occurrences) for row in Notification.objects.all()] == [
        ("Ann shared it", 1),
        ("Ann liked it", 1),
        ("Ann and Bob liked it", 2),
    ]


def test_a_large_event_that_a_later_one_overtakes_shows_the_later_one(alice, send):
    said = {"key": "oven", "recipients": [alice], "collapse_key": "oven-3"}
    early = send("Oven 3 is at 261", **said, deliver_at=timezone.now() + timedelta(hours=1))
    send("Oven 3 is at 270", **said)

    deliver(Event.objects.get(pk=early.pk))

    row = Notification.objects.get()
    assert (row.event.message, row.occurrences) == ("Oven 3 is at 270", 2)
    assert numbers(alice) == (2, 1, 1)


@pytest.mark.parametrize("collapse_key", ["", "backup"])
def test_a_repeat_that_expires_leaves_one_that_does_not(alice, send, collapse_key):
    said = {"message": "Backup failed", "key": "a", "recipients": [alice]}
    said |= {"collapse_key": collapse_key} if collapse_key else {}
    lasting = send(**said)
    passing = send(**said, expires_at=timezone.now() + timedelta(hours=1))
    Event.objects.filter(pk=passing.pk).update(removal_due_at=timezone.now())

    remove()

    assert Notification.objects.get(deleted_at=None).event == lasting
    assert numbers(alice)[1:] == (1, 1)
