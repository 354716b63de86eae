"""Removing messages that were sent, dropped or given up."""

from __future__ import annotations

import pytest
from django.utils import timezone

from realtime_notify.models import Dispatch, DispatchItem
from realtime_notify.retention import Policy
from tests.retention.conftest import DAYS
from tests.retention.test_pruning import walk
from tests.sending.conftest import enqueue

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

OLD = Policy(sent=30 * DAYS)


@pytest.fixture
def messages(alice, fill):
    """Messages that were finished so many days ago; None: they wait."""

    def make(*ages, state="sent"):
        rows = fill(alice, count=len(ages))
        long_ago = timezone.now() - 100 * DAYS
        return [
            enqueue(
                alice,
                row,
                due_at=long_ago,
                interval=number,
                state="waiting" if age is None else state,
                finished_at=None if age is None else timezone.now() - age * DAYS,
            )
            for number, (row, age) in enumerate(zip(rows, ages, strict=True))
        ]

    return make


@pytest.mark.parametrize("state", ["sent", "dropped", "dead"])
def test_what_was_finished_long_ago_goes_with_its_items(messages, state):
    _, young = messages(31, 29, state=state)

    assert walk(OLD).messages == 1

    assert Dispatch.objects.get() == young
    assert DispatchItem.objects.get().dispatch == young


def test_what_waits_stays_however_old(messages):
    messages(None)

    assert walk(OLD).messages == 0


def test_a_dry_run_only_counts(messages):
    messages(31, 31, None)

    assert walk(OLD, dry_run=True).messages == 2
    assert Dispatch.objects.count() == 3


def test_the_setting_says_after_how_many_days(messages, settings):
    from realtime_notify.retention import configured

    settings.REALTIME_NOTIFY = {"RETENTION": {"sent": 30}}

    assert configured() == OLD


def test_every_transaction_removes_a_batch(messages):
    messages(31, 32, 33)

    assert walk(OLD, batch=2).messages == 3
    assert not Dispatch.objects.exists()
