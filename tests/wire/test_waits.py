"""Work that waits for the database, and is freed when no answer comes."""

from __future__ import annotations

import time

import pytest

from realtime_notify.wire import waits
from realtime_notify.wire.waits import watched

DEADLINE = 0.2


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(waits, "DEADLINE", DEADLINE)


def test_work_without_progress_is_logged_by_name_each_time_its_deadline_is_over(caplog):
    with watched("The sweep", bool):
        time.sleep(2.5 * DEADLINE)

    assert caplog.text.count("The sweep has made no progress for 0.2 s.") == 2


def test_work_that_asks_whether_to_stop_makes_progress(caplog):
    with watched("The sweep", lambda: True) as should_stop:
        for _ in range(10):
            assert should_stop()
            time.sleep(DEADLINE / 4)

    assert not caplog.text


def test_work_inside_other_work_prolongs_it_and_is_not_watched_twice(caplog):
    with watched("Due work", bool):
        with watched("Sending", bool) as should_stop:
            for _ in range(10):
                should_stop()
                time.sleep(DEADLINE / 4)
        time.sleep(1.5 * DEADLINE)

    assert caplog.text.count("has made no progress") == 1
    assert "Due work has" in caplog.text
