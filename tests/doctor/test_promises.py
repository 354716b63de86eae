"""What the doctor says of work that nobody does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from realtime_notify import notify
from realtime_notify.doctor import Severity, promises
from realtime_notify.inbox import snooze
from realtime_notify.models import Event, Notification

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


def ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def test_nothing_overdue_is_well(alice, fill):
    fill(alice)
    notify("Tea", "tea/time", recipients=[alice], deliver_at=timezone.now() + timedelta(hours=1))

    (finding,) = promises.examine()

    assert finding.says == "Nothing has been due for more than 60 s."


@pytest.mark.parametrize(
    ("seconds", "severity"), [(30, Severity.OK), (90, Severity.WARNING), (900, Severity.ERROR)]
)
def test_the_longer_a_delivery_is_due_the_worse_it_is(alice, seconds, severity):
    event = notify("Tea", "tea/time", recipients=[alice])
    Event.objects.filter(pk=event.pk).update(due_at=ago(seconds), delivered_at=None)

    (finding,) = promises.examine()

    assert finding.severity is severity
    if severity:
        assert f"1 are overdue, the first of them for {seconds} s" in finding.says
        assert "notify_worker" in finding.advice


def test_what_comes_after_its_time_is_not_overdue_before_it_came(alice):
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)
    notify("Tea", "tea/time", recipients=[alice], expires_at=long_ago)
    notify("Cake", "tea/time", recipients=[alice], deliver_at=long_ago)

    (finding,) = promises.examine()

    assert finding.severity is Severity.OK, finding
    assert set(Event.objects.values_list("deliver_at", "expires_at")) == {
        (None, long_ago),
        (long_ago, None),
    }


def test_every_kind_of_work_is_looked_at(alice, fill):
    (row,) = fill(alice)
    snooze(alice, ids=[row.pk], until=timezone.now() + timedelta(hours=1))
    Notification.objects.update(snoozed_until=ago(90))
    Event.objects.update(removal_due_at=ago(90), edit_due_at=ago(90))

    assert [finding.values["what"] for finding in promises.examine()] == [
        "Expired or withdrawn events to be removed",
        "Edited events to be shown",
        "Snoozed notifications to be woken",
    ]


def test_a_delivery_that_fails_is_named_with_its_error(alice):
    event = notify("Tea", "tea/time", recipients=[alice])
    Event.objects.filter(pk=event.pk).update(
        due_at=timezone.now(), delivered_at=None, attempts=4, last_error="KeyError: 'tea'"
    )

    (finding,) = promises.examine()

    assert finding.severity is Severity.ERROR
    assert finding.says == (
        f"Event {event.pk} of type 'tea/time' could not be delivered, 4 times so far: "
        "KeyError: 'tea'."
    )
