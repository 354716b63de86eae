"""`notify()` says when there is work for others: after the commit, and only then."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from realtime_notify import notify, notify_many

pytestmark = pytest.mark.django_db

called: list[datetime | None] = []


def wake_up(when):
    called.append(when)


@pytest.fixture(autouse=True)
def wakes_up(settings):
    called.clear()
    settings.REALTIME_NOTIFY = {"WAKE_UP": "tests.publish.test_nudges.wake_up"}


def test_an_event_that_everybody_has_wakes_nobody_up(alice, send):
    send("Hello", "a", recipients=[alice])

    assert called == []


def test_the_rest_of_a_large_audience_wakes_others_up_at_once(users, settings, send):
    settings.REALTIME_NOTIFY = {**settings.REALTIME_NOTIFY, "INLINE_RECIPIENTS": 2}

    send("Hello", "a", recipients=users(3))

    assert called == [None]


def test_planned_work_wakes_others_up_at_its_moments(alice, commit):
    noon = timezone.now() + timedelta(hours=1)
    night = noon + timedelta(hours=12)
    call = {"message": "Lunch", "key": "a", "recipients": [alice]}

    with commit():
        notify_many(
            [{**call, "deliver_at": noon}, {**call, "deliver_at": noon, "expires_at": night}]
        )

    assert called == [noon, night]


def test_nobody_is_woken_up_before_the_commit(alice, settings):
    settings.REALTIME_NOTIFY = {**settings.REALTIME_NOTIFY, "INLINE_RECIPIENTS": 0}

    notify("Hello", "a", recipients=[alice])

    assert called == []
