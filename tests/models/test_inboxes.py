"""A notification as Django knows it: its verbs, and deleting it for good."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from realtime_notify import archive, unread_count
from realtime_notify.inbox import counts, sync
from realtime_notify.models import Inbox, Notification
from tests.models.conftest import calm

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_marking_a_notification_as_read_goes_through_its_inbox(alice, fill):
    (one,) = fill(alice)

    one.mark_as_read()

    assert one.read_at is not None
    assert one.rev == counts(alice)["rev"] == 2
    assert unread_count(alice) == 0

    one.mark_as_unread()

    assert one.read_at is None
    assert one.rev == counts(alice)["rev"] == 3
    assert unread_count(alice) == 1


def test_marking_again_what_is_marked_already_changes_nothing(alice, fill):
    (one,) = fill(alice)

    one.mark_as_unread()
    assert counts(alice)["rev"] == 1

    one.mark_as_read()
    read_at = one.read_at
    one.mark_as_read()
    assert (one.read_at, counts(alice)["rev"]) == (read_at, 2)


def test_marking_overwrites_nothing_that_was_changed_meanwhile(alice, fill):
    (stale,) = fill(alice)
    archive(alice, ids=[stale.pk])
    Notification.objects.filter(pk=stale.pk).update(occurrences=5)

    stale.mark_as_read()

    now = Notification.objects.get(pk=stale.pk)
    assert now.archived_at is not None
    assert now.occurrences == 5
    assert now.read_at is not None


def test_deleting_a_notification_leaves_a_mark_and_the_counters_right(alice, fill):
    one, other = fill(alice, count=2)

    assert one.delete() == (1, {"realtime_notify.Notification": 1})
    assert one.deleted_at is not None
    assert unread_count(alice) == 1
    assert list(Notification.objects.active()) == [other]
    assert one.delete() == (0, {})


def test_open_browsers_follow_the_methods_of_a_notification(world):
    world.notify([0, 1], "One", pushed=True)
    world.notify([0, 1], "Two", pushed=True)
    one, two = Notification.objects.filter(user=world.users[0]).order_by("seq")

    with world.committed():
        one.mark_as_read()
        two.delete()
    calm(world)

    world.assert_counters()
    world.assert_converged()


# Deleting for good


@pytest.fixture
def hard(settings):
    settings.REALTIME_NOTIFY = {"SOFT_DELETE": False}


def test_deleting_can_remove_the_row(alice, fill, hard):
    one, _ = fill(alice, count=2)

    assert one.delete() == (1, {"realtime_notify.Notification": 1})

    assert Notification.objects.count() == 1
    assert unread_count(alice) == 1
    assert Inbox.objects.get(pk=alice.pk).floor == 3


def test_a_browser_that_was_away_when_a_row_was_removed_gets_a_reset(world, hard):
    online, offline = world.browsers
    offline.user = online.user  # two browsers of one person
    world.notify([0], "One", pushed=True)
    world.notify([0], "Two", pushed=True)
    calm(world)
    offline.disconnect()

    with world.committed():
        Notification.objects.filter(event__message="One").delete()
    calm(world)
    assert len(online.store.items) == 1

    answer = sync(online.user, offline.store.rev)
    assert answer["reset"]
    world.settle()
    world.assert_converged()


def test_verbs_that_need_deleted_rows_say_that_there_are_none(alice, hard):
    for verb in ("deleted", "mark_all_as_deleted", "mark_all_as_active"):
        with pytest.raises(ImproperlyConfigured, match="SOFT_DELETE"):
            getattr(Notification.objects.all(), verb)()
