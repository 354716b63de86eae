"""Bulk changes: which rows change, and what counts afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from realtime_notify import archive, unread_count
from realtime_notify.inbox import bulk, delete
from realtime_notify.models import Event, Notification

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def test_a_row_that_a_join_finds_twice_changes_once(alice, fill):
    fill(alice)
    for name in ("cooks", "bakers"):
        alice.groups.add(Group.objects.create(name=name))

    assert Notification.objects.filter(user__groups__name__contains="").count() == 2
    assert Notification.objects.filter(user__groups__name__contains="").mark_all_as_read() == 1


def test_marking_all_as_read_reaches_archived_and_deleted_ones(alice, fill):
    archived, deleted = fill(alice, count=2)
    archive(alice, ids=[archived.pk])
    delete(alice, ids=[deleted.pk])

    assert Notification.objects.mark_all_as_read() == 2

    Notification.objects.mark_all_as_active()
    assert list(Notification.objects.read()) == [deleted]
    assert unread_count(alice) == 0


def test_deleted_notifications_can_be_restored(alice, fill):
    one, put_away, other = fill(alice, count=3)
    archive(alice, ids=[put_away.pk])

    assert Notification.objects.filter(pk__in=[one.pk, put_away.pk]).mark_all_as_deleted() == 2
    assert (unread_count(alice), list(Notification.objects.active())) == (1, [other])
    assert Notification.objects.mark_all_as_active() == 2

    assert set(Notification.objects.active()) == {one, other}
    assert list(Notification.objects.archived()) == [put_away]
    assert unread_count(alice) == 2


def test_expired_notifications_are_not_restored(alice, fill):
    fill(alice, expires_at=timezone.now() + timedelta(days=1))
    Notification.objects.mark_all_as_deleted()
    Event.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert Notification.objects.mark_all_as_active() == 0


def test_rows_are_read_a_portion_at_a_time(alice, bob, fill, monkeypatch):
    monkeypatch.setattr(bulk, "MAX_ROWS", 2)
    fill(alice, bob, count=5)

    with CaptureQueriesContext(connection) as asked:
        assert Notification.objects.mark_all_as_read() == 10

    reads = [query["sql"] for query in asked if query["sql"].count(" ASC") == 3]
    assert len(reads) > 4
    assert [sql for sql in reads if not sql.endswith("LIMIT 2")] == []
    assert (unread_count(alice), unread_count(bob)) == (0, 0)
