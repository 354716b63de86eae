from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from realtime_notify import notify
from realtime_notify.models import Event
from realtime_notify.monitoring import promises
from realtime_notify.monitoring.promises import overdue
from tests.sending.conftest import enqueue

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the database anew."""
    monkeypatch.setattr(promises, "_known", None)


@pytest.fixture(autouse=True)
def left(settings: Any) -> None:
    """Leave every delivery to the worker."""
    settings.REALTIME_NOTIFY = {"INLINE_RECIPIENTS": 0}


def test_nothing_is_overdue_at_first() -> None:
    assert overdue() == (0, 0.0, {}, {})


def test_a_promise_that_nobody_keeps_is_overdue_since_it_was_due(alice: Any) -> None:
    late, later = (notify("Tea", "tea/time", recipients=[alice]) for _ in range(2))
    notify("Tea", "tea/time", recipients=[alice], deliver_at=timezone.now() + timedelta(hours=1))
    now = timezone.now()
    Event.objects.filter(pk=late.pk).update(due_at=now - timedelta(seconds=90))
    Event.objects.filter(pk=later.pk).update(due_at=now - timedelta(seconds=5))

    found = overdue()

    assert found.events == 2
    assert 90 <= found.seconds < 100


def test_the_database_is_asked_once_in_a_while_however_often_one_asks(
    alice: Any, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(promises, "monotonic", lambda: now)
    with django_assert_num_queries(1):
        for _ in range(3):
            overdue()
    now += promises.FRESH + 1
    with django_assert_num_queries(1):
        overdue()


def test_more_than_can_be_shown_are_not_counted(
    alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promises, "MOST", 2)
    for _ in range(3):
        notify("Tea", "tea/time", recipients=[alice])

    assert overdue().events == 2


def test_the_messages_of_each_medium_are_counted(
    alice: Any, fill: Any, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.REALTIME_NOTIFY = {
        "MEDIA": ["tests.sending.conftest.Post", "tests.sending.conftest.Pigeon"]
    }
    now, rows = timezone.now(), fill(alice, count=5)
    enqueue(alice, rows[0], due_at=now - timedelta(seconds=90))
    enqueue(alice, rows[1], due_at=now - timedelta(seconds=5))
    enqueue(alice, rows[2], due_at=now + timedelta(hours=1))
    enqueue(alice, rows[3], state="dead", finished_at=now - timedelta(hours=1))
    enqueue(alice, rows[4], medium="pigeon", state="sent", finished_at=now)

    with django_assert_num_queries(6):
        found = overdue()

    assert found.queues["post"].due == 2
    assert 90 <= found.queues["post"].seconds < 100
    assert found.queues["post"].dead == 1
    assert found.queues["pigeon"] == (0, 0.0, 0)
    assert found.finished == {"sent": 1, "dropped": 0, "dead": 0}
