from __future__ import annotations

import logging

from realtime_notify import journal
from realtime_notify.journal import Condition, Throttled

logger = logging.getLogger("realtime_notify.test")


def test_a_condition_is_logged_when_it_begins_and_when_it_ends_only(caplog):
    caplog.set_level(logging.INFO)
    rain = Condition(logger, "It rains in %s.", "The sun shines in %s.")

    rain.end("Aarhus")
    rain.begin("Aarhus")
    rain.begin("Aarhus")
    assert rain.lasts
    rain.end("Aarhus")
    rain.end("Aarhus")

    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("WARNING", "It rains in Aarhus."),
        ("INFO", "The sun shines in Aarhus."),
    ]


def test_a_failure_that_keeps_coming_is_logged_once_a_minute_with_one_traceback(
    caplog, monkeypatch
):
    now = 100.0
    monkeypatch.setattr(journal, "monotonic", lambda: now)
    leaks = Throttled(logger, "%s leaks.")

    def leak():
        try:
            raise ConnectionError("the pipe burst")
        except ConnectionError:
            leaks.exception("The kitchen")

    leak()
    leak()
    leak()
    now += 61
    leak()

    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("ERROR", "The kitchen leaks."),
        ("ERROR", "The kitchen leaks. (2 more since the last line.)"),
    ]
    assert caplog.text.count("ConnectionError: the pipe burst") == 2
