"""Whoever does due work hears of it at once; nothing depends on that."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from realtime_notify.delivery import nudge

called: list[datetime | None] = []


def wake_up(when):
    called.append(when)


def fail(when):
    raise ConnectionError("The broker is gone.")


@pytest.fixture(autouse=True)
def forget_calls():
    called.clear()


def test_the_function_of_the_setting_is_called_with_the_moment(settings):
    settings.REALTIME_NOTIFY = {"WAKE_UP": "tests.delivery.test_nudging.wake_up"}
    tomorrow = timezone.now() + timedelta(days=1)

    nudge()
    nudge(tomorrow)

    assert called == [None, tomorrow]


def test_server_processes_hear_of_work_that_is_due_at_once_and_not_of_later_work(pushed):
    nudge(timezone.now() + timedelta(days=1))
    assert pushed == []

    nudge()

    assert pushed == [{"type": "rn.due"}]


def test_a_task_engine_that_is_gone_disturbs_nobody(settings, caplog):
    settings.REALTIME_NOTIFY = {"WAKE_UP": "tests.delivery.test_nudging.fail"}

    nudge()

    assert "WAKE_UP failed; the next sweep does what is due." in caplog.text
    assert "The broker is gone." in caplog.text
