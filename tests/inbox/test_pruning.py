"""Notifications that leave their inboxes for good: browsers, counters and revisions stay right."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from django.db.models import Q

from realtime_notify.inbox import archive, counts, delete, mark_read, mark_seen, page, sync
from realtime_notify.inbox.pruning import prune
from realtime_notify.models import Notification
from tests.inbox.conftest import ids, numbers

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

EVERYTHING = Q()


def test_read_ones_go_by_a_revision_that_open_browsers_hear_of(alice, fill_ids, commit, pushed):
    first, second, third = fill_ids(alice, 3)
    mark_read(alice, ids=[first, second])
    before = counts(alice)["rev"]

    with commit():
        pruned = prune([alice.pk], [first, second], EVERYTHING)

    assert pruned == (2, 1, set())
    assert numbers(counts(alice)) == (before + 1, 1, 1)
    assert ids(page(alice)) == [third]
    (message,) = pushed[-1:]
    assert message["frame"]["delete"] == {"ids": [first, second]}


def test_a_browser_that_was_offline_reloads_the_inbox(alice, fill_ids):
    first, second = fill_ids(alice, 2)
    mark_read(alice, ids=[first])
    was_at = counts(alice)["rev"]

    prune([alice.pk], [first], EVERYTHING)

    assert sync(alice, was_at)["reset"]
    assert ids(sync(alice, was_at)) == [second]
    assert "reset" not in sync(alice, was_at + 1)


def test_ones_that_were_deleted_before_go_without_a_revision(alice, fill_ids, commit, pushed):
    first, _ = fill_ids(alice, 2)
    before_deletion = counts(alice)["rev"]
    delete(alice, ids=[first])
    after_deletion = counts(alice)["rev"]
    pushed.clear()

    with commit():
        prune([alice.pk], [first], EVERYTHING)

    assert counts(alice)["rev"] == after_deletion
    assert pushed == []
    assert sync(alice, before_deletion)["reset"], "it has not heard of the deletion"
    assert "reset" not in sync(alice, after_deletion), "it shows nothing that is gone"


def test_unread_ones_leave_the_counters(alice, fill_ids):
    first, second, third = fill_ids(alice, 3)
    mark_seen(alice, upto=1)

    prune([alice.pk], [first, third], EVERYTHING)

    assert numbers(counts(alice))[1:] == (1, 1)
    assert ids(page(alice, unread=True)) == [second]


def test_one_that_no_longer_meets_the_condition_stays(alice, fill_ids):
    first, second = fill_ids(alice, 2)
    mark_read(alice, ids=[first])

    pruned = prune([alice.pk], [first, second], Q(read_at__isnull=False))

    assert pruned.notifications == 1
    assert Notification.objects.get().pk == second


def test_nobody_elses_notifications_go(alice, bob, fill_ids):
    (hers,) = fill_ids(alice)
    (his,) = fill_ids(bob)

    prune([alice.pk], [hers, his], EVERYTHING)

    assert Notification.objects.get().pk == his


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks no rows")
def test_an_inbox_that_somebody_is_changing_is_passed_over(alice, bob, fill_ids):
    fill_ids(alice, 1)
    fill_ids(bob, 1)
    pks = list(Notification.objects.values_list("pk", flat=True))
    is_locked, may_end = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            archive(alice, ids=[pks[0]])
            is_locked.set()
            may_end.wait(20)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert is_locked.wait(10)
        pruned = prune([alice.pk, bob.pk], pks, EVERYTHING)
    finally:
        may_end.set()
        thread.join()

    assert pruned == (1, 1, {alice.pk})
    assert Notification.objects.get().user == alice
