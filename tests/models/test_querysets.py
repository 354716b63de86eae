"""Notifications by their state, and many changed at once."""

from __future__ import annotations

import pytest

from realtime_notify import archive, mark_read, unread_count
from realtime_notify.inbox import counts, delete
from realtime_notify.inbox.items import item
from realtime_notify.models import Notification
from tests.models.conftest import calm

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_notifications_are_found_by_their_state(alice, fill):
    unread, read, archived, deleted, deleted_read = fill(alice, count=5)
    mark_read(alice, ids=[read.pk, deleted_read.pk])
    archive(alice, ids=[archived.pk])
    delete(alice, ids=[deleted.pk, deleted_read.pk])
    rows = Notification.objects.order_by("pk")

    assert list(rows.active()) == [unread, read]
    assert list(rows.unread()) == [unread]
    assert list(rows.read()) == [read]
    assert list(rows.archived()) == [archived]
    assert list(rows.deleted()) == [deleted, deleted_read]
    assert list(rows.unread(include_deleted=True)) == [unread, deleted]
    assert list(rows.read(include_deleted=True)) == [read, deleted_read]


def test_the_related_manager_of_a_user_has_the_same_methods(alice, bob, fill):
    fill(alice, bob)

    assert alice.notify_notifications.unread().count() == 1
    assert alice.notify_notifications.mark_all_as_read() == 1
    assert alice.notify_notifications.unread().count() == 0
    assert bob.notify_notifications.unread().count() == 1


def test_public_and_private_notifications_can_be_selected(alice, fill):
    (private,) = fill(alice, public=False)
    (public,) = fill(alice, level="error")

    assert list(Notification.objects.public()) == [public]
    assert list(Notification.objects.private()) == [private]


# Many at once


def test_marking_all_as_read_counts_what_has_changed(alice, bob, fill):
    fill(alice, bob, count=3)
    Notification.objects.filter(user=alice).first().mark_as_read()

    assert Notification.objects.mark_all_as_read() == 5
    assert Notification.objects.mark_all_as_read() == 0
    assert (unread_count(alice), unread_count(bob)) == (0, 0)

    assert Notification.objects.mark_all_as_unread() == 6
    assert (unread_count(alice), unread_count(bob)) == (3, 3)


def test_marking_all_can_be_limited_to_one_recipient(alice, bob, fill):
    fill(alice, bob, count=2)
    rows = Notification.objects.all()

    assert rows.mark_all_as_read(alice) == 2
    assert (unread_count(alice), unread_count(bob)) == (0, 2)
    assert rows.mark_all_as_unread(recipient=alice.pk) == 2
    assert rows.mark_all_as_deleted(bob) == 2
    assert rows.mark_all_as_active(alice) == 0
    assert rows.mark_all_as_active(bob) == 2
    assert rows.mark_as_sent(alice) == 2
    assert rows.mark_as_unsent(bob) == 0


def test_marking_all_keeps_to_the_queryset(alice, fill):
    one, *others = fill(alice, count=3)

    assert Notification.objects.filter(pk=one.pk).mark_all_as_read() == 1
    assert list(Notification.objects.unread().order_by("pk")) == others
    assert Notification.objects.none().mark_all_as_read() == 0


def test_open_browsers_follow_bulk_changes(world, monkeypatch):
    monkeypatch.setattr("realtime_notify.inbox.bulk.MAX_ROWS", 2)
    for number in range(5):
        world.notify([0, 1], f"Number {number}", pushed=True)
    rows = Notification.objects.filter(event__message__gt="Number 0")

    for verb in ("read", "unread", "deleted", "active"):
        with world.committed():
            assert getattr(rows, f"mark_all_as_{verb}")() == 8
        for browser in world.browsers:
            world.calm(browser)
        world.assert_counters()
        world.assert_converged()

    with world.committed():
        assert rows.delete() == (8, {"realtime_notify.Notification": 8})
    calm(world)
    world.assert_counters()
    world.assert_converged()
    assert [len(browser.store.items) for browser in world.browsers] == [1, 1]


def test_marking_as_sent_by_email_is_not_pushed_to_browsers(alice, fill):
    one, other = fill(alice, count=2)

    assert Notification.objects.filter(pk=one.pk).mark_as_sent() == 1
    assert Notification.objects.mark_as_sent() == 1
    assert Notification.objects.mark_as_sent() == 0
    assert list(Notification.objects.unsent()) == []

    assert Notification.objects.filter(pk=other.pk).mark_as_unsent() == 1
    assert list(Notification.objects.sent()) == [one]
    assert counts(alice)["rev"] == 2


def test_a_repeated_notification_counts_as_unsent_again(alice, fill):
    fill(alice)
    Notification.objects.mark_as_sent()

    (repeated,) = fill(alice)

    assert repeated.occurrences == 2
    assert repeated.emailed_at is None


# The event with them


def test_the_event_comes_along_without_the_lists_that_only_delivery_reads(
    alice, fill, django_assert_num_queries
):
    fill(alice, count=3)

    with django_assert_num_queries(1) as queries:
        shown = [item(row, seen=0) for row in Notification.objects.with_event()]

    assert len(shown) == 3
    selected = queries[0]["sql"].partition(" FROM ")[0]
    assert "message" in selected
    assert "audience" not in selected.replace("has_own_audience", "")
    assert "stragglers" not in selected
