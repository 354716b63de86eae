"""The calculation beside what really happened, at sizes that one machine can play."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.costs.cost import Cost
from benchmarks.scale.constants import constants
from benchmarks.scale.crowd import Prices, Process
from benchmarks.scale.town import DEFAULTS
from realtime_notify.wire import heal

CROWDS = Path(__file__).parent.parent / "crowd_results.md"
AT_ONCE = 4000.0
"""Sockets that the process of `benchmarks.returning` opens in a second, by itself."""


@dataclass(frozen=True)
class Check:
    """One figure, as calculated and as measured."""

    what: str
    predicted: float
    measured: float
    show: Callable[[float], str]

    @property
    def error(self) -> float:
        """By which part of the measured figure the calculated one is off."""
        return self.predicted / self.measured - 1


@cache
def compared() -> tuple[Check, ...]:
    """Return every figure that was both calculated and measured."""
    return (*_traffic(), *_crowd(), *_bursts())


def _traffic() -> list[Check]:
    """Compare half a minute of everything by the default settings."""
    found = constants().check
    count, seconds = found["browsers"] + 100, found["seconds"]
    happened = {
        "second": seconds,
        "notification to one": found["notifications"],
        "heal": count * seconds / heal.INTERVAL_WITH_LAYER,
        "heartbeat": count * seconds / DEFAULTS.PING_INTERVAL,
        "session check": count * seconds / DEFAULTS.SESSION_CHECK_INTERVAL,
    }
    total = Cost()
    for name, times in happened.items():
        total = total.plus(constants()[name], times)
    measured = Cost(**found["mixed"])
    return [
        Check(f"{count:,} sockets for {seconds:.0f} s: {part}", predicted, really, _share)
        for part, predicted, really in (
            ("the server process", total.server / 1e6, measured.server / 1e6),
            ("PostgreSQL", total.postgresql / 1e6, measured.postgresql / 1e6),
            ("Redis", total.redis / 1e6, measured.redis / 1e6),
        )
    ]


def _crowd() -> list[Check]:
    """Compare what it takes when people come back within seconds, in as many batches as it took."""
    found = constants().check
    count, measured = found["browsers"], Cost(**found["crowd"])
    prices = Prices.of("return")
    batches = measured.statements / constants()["return alone"].statements
    server = batches * prices.batch + count * (prices.handshake + prices.each)
    what = f"{count:,} sockets come back within {count / found['coming']:.0f} s: the server process"
    return [Check(what, server, measured.server / 1e6, _share)]


def _bursts() -> list[Check]:
    """Compare crowds that came at once, as `benchmarks.crowd` has measured them."""
    checks = []
    for line in CROWDS.read_text().splitlines():
        if found := re.match(r"\| ([\d,]+) \| uvicorn \| [\d,]+ \| (\S+) \| \S+ \| (\S+)", line):
            people = int(found[1].replace(",", ""))
            outcome = Process(Prices.of("return")).receive(n / AT_ONCE for n in range(people))
            for share, name, measured in ((0.5, "half", found[2]), (1.0, "all", found[3])):
                what = f"{people:,} sockets come back at once: {name} are greeted after"
                checks.append(Check(what, outcome.after(share), float(measured), _seconds))
    return checks


def _share(value: float) -> str:
    return f"{value:.2f} s of a core"


def _seconds(value: float) -> str:
    return f"{value:.1f} s"
