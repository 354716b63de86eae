"""What breaks first, at what size, and what to buy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from benchmarks.scale.constants import constants
from benchmarks.scale.flow import Load, load, memory, ordinary
from benchmarks.scale.scenarios import AVERAGE, Scenario, fullest, redis_away
from benchmarks.scale.town import DEFAULTS, MEAN, Town

FULL = 0.7
"""Of a processor: above it, queues grow faster than work."""
OTHER_LANES = 7
"""Connections of a process besides `DATABASE_THREADS`; see docs/operations.md."""


@dataclass(frozen=True)
class Limit:
    """What a part carries, and with how many people it is full."""

    part: str
    when: str
    carries: float
    room: float
    people: float
    show: Callable[[float], str]


def of(town: Town) -> list[Limit]:
    """Return the limits, the one that is met first in front."""
    peak = load(town, ordinary(town))
    away = redis_away(town).load

    def cores(value: float) -> str:
        return f"{value:.2g} cores"

    found = [
        ("a server process", "at the peak", peak.process, FULL),
        ("a server process", "Redis is away", away.process, FULL),
        ("PostgreSQL", "at the peak", peak.postgresql, FULL * town.postgresql_cores),
        ("PostgreSQL", "Redis is away", away.postgresql, FULL * town.postgresql_cores),
        ("Redis", "at the peak", peak.redis, FULL),
    ]
    limits = [
        Limit(part, when, carries, room, town.connected * room / carries, cores)
        for part, when, carries, room in found
    ]
    return sorted(limits, key=lambda limit: limit.people)


def shopping(town: Town, scenarios: Sequence[Scenario]) -> list[list[str]]:
    """Return what to buy: what, how much, and why."""
    peak, away = load(town, ordinary(town)), redis_away(town)
    mean = next(one.load for one in scenarios if one.name == AVERAGE)
    together = memory(town.each) * town.processes / 1024
    rows_a_day = town.connected * town.notifications * (1 + town.absent) * 24 * MEAN
    connections = town.processes * (DEFAULTS.DATABASE_THREADS + OTHER_LANES)
    return [
        [
            "server processes",
            f"{town.processes} cores",
            f"one each: {peak.process:.0%} of a core at the peak, the rest for crowds",
        ],
        [
            "their memory",
            f"{ceil(together / 8) * 8} GB",
            f"{memory(town.each):,.0f} MB a process; {memory(fullest(town)):,.0f} MB in the last "
            "that is restarted, where the proxy gives each its turn",
        ],
        [
            "callers of `notify()`",
            f"{ceil(peak.callers / FULL)} cores",
            f"{peak.callers:.1f} at the peak, in the processes of the site itself",
        ],
        ["workers", "2 cores", "two workers: large audiences, and one to spare"],
        [
            "PostgreSQL",
            f"{ceil(away.load.postgresql / FULL / 4) * 4} cores",
            f"{peak.postgresql:.1f} at the peak, {away.load.postgresql:.1f} when {away.name}",
        ],
        [
            "its connections",
            f"{connections}, through a pool or pooler",
            f"{DEFAULTS.DATABASE_THREADS + OTHER_LANES} for each server process",
        ],
        [
            "its disk",
            f"{rows_a_day * sum(constants().disk.values()) / 1e9:.0f} GB a day",
            f"{rows_a_day / 1e6:.0f} million notifications, each with an event of its own, until "
            f"they are pruned; and {mean.wal * 86_400 / 1e9:.0f} GB of log that is archived",
        ],
        [
            "Redis",
            f"{max(1, ceil(peak.redis / FULL))} core, 1 GB, no disk",
            f"{peak.redis:.0%} of a core at the peak, "
            f"{town.connected * constants().group / 1e6:.0f} MB for the groups",
        ],
    ]


def sensitive(town: Town) -> list[str]:
    """Return what changes when something else was assumed."""
    peak: Load = load(town, ordinary(town))
    return [
        f"{peak.process:.0%}",
        f"{peak.postgresql:.1f}",
        f"{peak.redis:.0%}",
        f"{redis_away(town).load.postgresql:.1f}",
    ]
