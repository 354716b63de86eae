from __future__ import annotations

import logging

from realtime_notify.journal import Condition

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
