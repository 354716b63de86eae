"""The flow: how often everything happens in a second, and what each part carries for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from benchmarks.costs.cost import Cost
from benchmarks.scale.constants import constants
from benchmarks.scale.town import DEFAULTS, Town
from realtime_notify.wire import heal, sessions

PERIOD = 0.025
"""That of `realtime_notify.live.greeting`, which needs a database; a test holds them equal."""

Rates = dict[str, float]
"""How often each happening comes in a second, in the whole installation."""

ROWS = {
    "return alone": 3,
    "return in a crowd": 3,
    "visit alone": 22,
    "visit in a crowd": 22,
    "notification to one": 4,
    "recipient here": 3,
    "recipient elsewhere": 3,
    "mark": 3,
    "sync": 2,
    "heal": 1,
    "session check": 1,
    "take-in": 3,
}
"""Rows of ours that are read and written, by the code: an event, a notification, an inbox."""
FRAMES = {
    "return alone": 2,
    "return in a crowd": 2,
    "visit alone": 2,
    "visit in a crowd": 2,
    "notification to one": 0.5,
    "mark": 3,
    "sync": 2,
    "heartbeat": 2,
}
"""Frames in and out; half of those who are notified are connected."""
CALLS = {
    "second": 0.5,
    "visit alone": 2,
    "return alone": 2,
    "mark": 1,
    "sync": 1,
    "heal": 1 / heal.BATCH,
    "session check": 1 / sessions.BATCH,
}
"""Calls of the database in a thread of a server process; without a pool each opens a connection."""


@dataclass(frozen=True)
class Load:
    """What each part carries."""

    process: float
    """The share of a core that one server process takes."""
    sockets: float
    """Sockets that one process opens in a second."""
    frames: float
    """Frames in and out of one process in a second."""
    callers: float
    """Cores of all processes that call `notify()`, for that alone, and of workers."""
    redis: float
    """The share of a core that one Redis takes."""
    messages: float
    """Commands to one Redis, and what it hands on, in a second."""
    redis_bytes: float
    """Bytes in and out of one Redis in a second."""
    postgresql: float
    """Cores that PostgreSQL takes."""
    statements: float
    """Statements in a second."""
    rows: float
    """Rows of ours read and written in a second."""
    wal: float
    """Bytes of log in a second, without images of whole pages."""


def ordinary(town: Town, share: float = 1.0, growth: float = 0.0) -> Rates:
    """Return what happens in a second of an ordinary day.

    Args:
        town: where.
        share: the share of the peak that is connected.
        growth: by which share of the peak they become more in a second.
    """
    there = share * town.connected
    opened = there * town.visits / 3600 + max(0.0, growth) * town.connected
    left = there * town.visits / 3600 + max(0.0, -growth) * town.connected
    notified = there * town.notifications / 3600
    return {
        "second": town.processes,
        **greeted(town, "visit", opened),
        "leave": left,
        "notification to one": notified * (1 + town.absent),
        "notification shown": notified,
        "mark": there * town.marks / 3600,
        "heal": there / town.heal_interval,
        "heartbeat": there / DEFAULTS.PING_INTERVAL,
        "session check": there / DEFAULTS.SESSION_CHECK_INTERVAL,
    }


def greeted(town: Town, kind: str, opened: float) -> Rates:
    """Return how often browsers are greeted by themselves, and how often with others.

    Args:
        town: where.
        kind: "visit" or "return".
        opened: sockets a second, in the whole installation. They come independently.
    """
    batches = opened / (1 + opened / town.processes * PERIOD)
    return {f"{kind} alone": batches, f"{kind} in a crowd": opened - batches}


def load(town: Town, rates: Mapping[str, float]) -> Load:
    """Return what each part carries when all this happens in a second."""
    total = Cost()
    for name, rate in rates.items():
        total = total.plus(_cost(name), rate)
    if not town.pooled:
        calls = sum(count * rates.get(name, 0.0) for name, count in CALLS.items())
        opening = constants()["connection to PostgreSQL"]
        total = total.plus(replace(opening, server=opening.caller, caller=0.0), calls)
    opened = sum(rate for name, rate in rates.items() if name.startswith(("visit", "return")))
    rows = sum(count * rates.get(name, 0.0) for name, count in ROWS.items())
    frames = sum(count * rates.get(name, 0.0) for name, count in FRAMES.items())
    return Load(
        process=total.server * town.slower / 1e6 / town.processes,
        sockets=opened / town.processes,
        frames=frames / town.processes,
        callers=total.caller * town.slower / 1e6,
        redis=total.redis * town.slower / 1e6 / town.shards,
        messages=total.messages / town.shards,
        redis_bytes=(total.redis_in + total.redis_out) / town.shards,
        postgresql=total.postgresql * town.slower / 1e6,
        statements=total.statements,
        rows=rows,
        wal=total.wal,
    )


def memory(connections: float) -> float:
    """Return the megabytes of a process with so many connections."""
    return (constants().process + constants().connection * connections) / 1024


def heal_queries(town: Town) -> float:
    """Return how many queries one process needs to compare everybody with the database."""
    return -(-town.each // heal.BATCH)


def _cost(name: str) -> Cost:
    """Return what one happening takes; a server only has work with a push that it shows."""
    cost = constants()
    if name == "notification to one":
        whole = cost[name]
        return whole.plus(Cost(server=whole.server), -1.0)
    if name == "notification shown":
        return Cost(server=cost["notification to one"].server)
    return cost[name]
