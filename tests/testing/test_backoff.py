"""Clients in Python come back by the rules of the client in the browser."""

from __future__ import annotations

import re

import pytest

from realtime_notify.testing import backoff
from realtime_notify.testing.backoff import wait
from tests.site import ROOT


def test_the_numbers_are_those_of_the_browser():
    connection = ROOT / "frontend/src/connection"
    text = "".join((connection / name).read_text() for name in ("backoff.ts", "socket.ts"))
    milliseconds = {
        name: float(value.replace("_", ""))
        for name, value in re.findall(r"^const (\w+) = ([\d_]+);", text, re.MULTILINE)
    }

    assert milliseconds["BASE"] == 1000 * backoff.FIRST_CEILING
    assert milliseconds["CAP"] == 1000 * backoff.LAST_CEILING
    assert milliseconds["LONGEST_HINT"] == 1000 * backoff.LONGEST_HINT
    assert milliseconds["STABLE_AFTER"] == 1000 * backoff.WORKS_AFTER


@pytest.mark.parametrize(
    ("attempt", "longest"), [(0, 0.5), (1, 1.0), (5, 16.0), (6, 30.0), (10**9, 30.0)]
)
def test_the_ceiling_doubles_up_to_half_a_minute(attempt, longest):
    assert wait(attempt, 1.0) == longest
    assert wait(attempt, 0.0) == 0.0


def test_what_the_server_asks_for_counts_but_for_five_minutes_at_most():
    assert wait(7, 0.5, (10.0, 20.0)) == 15.0
    assert wait(0, 1.0, (10.0, 9999.0)) == 300.0
