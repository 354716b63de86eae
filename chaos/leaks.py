"""Bounds on what the town's processes hold while nothing happens. What exceeds one has leaked.

All is measured at rest: nobody writes, every screen is connected, and nothing is broken. Then a
process holds what it needs for its connections, and a fixed rest, whatever it has been through.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Self

Numbers = Mapping[str, float]

# Growth is that since the process was first at rest. An extra is what a server holds beyond what
# its connections or users need.
SERVER: Numbers = {
    "MB of memory": 140,
    "MB of growth": 24,
    "threads": 48,
    "open files": 16,
    "children": 0,
    "extra client sockets": 8,
    "database sockets": 12,
    "redis sockets": 6,
    "extra tasks": 32,
    "extra groups": 4,
    "waiting hellos": 0,
}
JOB: Numbers = {
    "MB of memory": 110,
    "MB of growth": 40,
    "threads": 8,
    "open files": 8,
    "children": 0,
    "database sockets": 4,
    "redis sockets": 4,
}
TOWN: Numbers = {
    "extra connections": 0,
    "seconds of the oldest transaction": 15,
    "database sessions": 24,
    "keys in redis": 0,
    "extra subscriptions in redis": 3,
    "connections to redis": 24,
}


class Holding(NamedTuple):
    """What somebody holds."""

    who: str
    numbers: Numbers
    bounds: Numbers

    @classmethod
    def within(cls, who: str, numbers: Numbers, bounds: Numbers) -> Self:
        """Return what has a bound of all these numbers."""
        return cls(who, {name: numbers[name] for name in bounds}, bounds)


def audit(holdings: Iterable[Holding]) -> list[str]:
    """Return what exceeds its bound."""
    return [
        f"{who} has {numbers[name]:.0f} {name}, {bound:g} is its bound."
        for who, numbers, bounds in holdings
        for name, bound in bounds.items()
        if numbers[name] > bound
    ]
