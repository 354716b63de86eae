"""The worker's share of retention."""

from __future__ import annotations

from time import time

import pytest
from django.db import OperationalError
from django.db.models import ProtectedError

from realtime_notify.inbox import mark_read
from realtime_notify.models import Notification, NotificationType, SubscriptionRequest
from realtime_notify.retention import Pruner, schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def read_ones(alice, fill, aged, settings):
    """Alice's three notifications of 100 days ago, which the setting gives up."""
    settings.REALTIME_NOTIFY = {"RETENTION": {"read": 30}}
    rows = fill(alice, count=3)
    mark_read(alice, ids=[row.pk for row in rows])
    aged(rows, days=100)
    return rows


def test_a_walk_is_done_once_a_day(read_ones, alice, fill, aged):
    pruner = Pruner()

    assert pruner.prune_due() is False
    assert not Notification.objects.exists()

    rows = fill(alice)
    mark_read(alice, ids=[rows[0].pk])
    aged(rows, days=100)

    assert pruner.prune_due() is False
    assert Notification.objects.exists(), "the next walk is due tomorrow"


def test_a_long_walk_goes_on_where_it_paused(read_ones, monkeypatch):
    monkeypatch.setattr(schedule, "PORTION", 0)
    pruner = Pruner()

    calls = [pruner.prune_due() for _ in range(3)]

    assert calls[0] is True
    assert calls[-1] is False
    assert not Notification.objects.exists()


def test_without_the_setting_nothing_is_removed(read_ones, settings):
    settings.REALTIME_NOTIFY = {}

    assert Pruner().prune_due() is False
    assert Notification.objects.count() == 3


def test_a_walk_that_failed_starts_again(read_ones, monkeypatch):
    pruner = Pruner()
    with monkeypatch.context() as broken:
        broken.setattr(schedule, "prune", _fail)
        with pytest.raises(OperationalError):
            pruner.prune_due()

    pruner.prune_due()

    assert not Notification.objects.exists()


def _fail(policy):
    raise OperationalError("the database is gone")
    yield


def test_a_worker_that_stops_finishes_only_the_step(read_ones):
    assert Pruner().prune_due(should_stop=lambda: True) is False


def test_what_cannot_be_removed_ends_no_worker(read_ones, monkeypatch, caplog):
    def protected(policy):
        raise ProtectedError("A model of the project's refers to it.", set())
        yield

    monkeypatch.setattr(schedule, "prune", protected)
    pruner = Pruner()

    assert [pruner.prune_due() for _ in range(3)] == [False] * 3
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_requests_that_nobody_confirmed_go_without_any_setting(db):
    NotificationType.objects.create(key="a")
    _, waiting = (
        SubscriptionRequest.objects.create(
            digest=name, address="ann@example.com", type_id="a", expires=time() + seconds
        )
        for name, seconds in (("late", -1), ("waiting", 60))
    )

    assert Pruner().prune_due() is False

    assert list(SubscriptionRequest.objects.all()) == [waiting]
