"""The plan of faults: a pure function of the seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

KINDS: dict[str, tuple[str, ...]] = {
    "server killed": ("servers",),
    "server restarted": ("servers",),
    "servers restarted one by one": ("servers",),
    "redis killed": ("redis",),
    "redis paused": ("redis",),
    "redis emptied": ("redis",),
    "redis out of memory": ("redis",),
    "database connections cut": ("database",),
    "database restarted": ("database",),
    "database answer lost": ("database",),
    "database restored": ("database", "inbox"),
    "inbox locked": ("inbox",),
    "network cut": ("network",),
    "network slowed": ("network",),
    "network half-open": ("network",),
    "writer killed": ("writer",),
    "writer killed after commit": ("writer",),
    "writer killed after chunk": ("writer",),
    "worker killed": ("worker",),
    "worker killed before it sends": ("worker",),
    "worker killed after it has sent": ("worker",),
    "mail server killed": ("mail",),
    "mail server busy": ("mail",),
    "clock stepped": ("clock",),
    "everything deployed": ("servers", "worker", "writer"),
    "client vanishes": ("client",),
    "client stops reading": ("client",),
    "client sleeps": ("client",),
    "client floods": ("client",),
    "client switches account": ("client",),
}
"""What can break, and what each takes for itself: who is dead can be neither paused nor killed.
`chaos.faults` has a function for each."""

LONGEST = 4.0
"""Seconds that a fault may last."""
LONGER = {"client sleeps": 5.0}
"""Seconds that some last beyond that: longer than the heartbeats of the town."""


@dataclass(frozen=True)
class Fault:
    """One thing that breaks.

    Attributes:
        after: seconds from the beginning of the round.
        lasts: seconds until it is mended, for what does not break at one moment.
        which: a number that chooses among several: a server, a client, a person.
    """

    kind: str
    after: float
    lasts: float
    which: int

    def __str__(self) -> str:
        return f"{self.after:4.1f}s {self.kind} #{self.which} for {self.lasts:.1f}s"


@dataclass(frozen=True)
class Round:
    """Traffic with faults in it, after which all must agree."""

    number: int
    seconds: float
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return f"round {self.number}: " + "; ".join(map(str, self.faults))


def plan(seed: int, kinds: Sequence[str] = tuple(KINDS)) -> Iterator[Round]:
    """Give the rounds of a seed, without end.

    Every kind comes once in as many rounds as there are kinds, in an order of its own each time;
    most rounds have more faults beside it.

    Args:
        seed: another one gives another plan.
        kinds: what may break.
    """
    chance = random.Random(seed)
    number = 0
    while True:
        for kind in chance.sample(kinds, len(kinds)):
            more = min(chance.choice([0, 1, 1, 2]), len(kinds))
            faults = (
                Fault(
                    kind=each,
                    after=round(chance.uniform(0.3, 2.5), 2),
                    lasts=round(chance.uniform(0.3, LONGEST) + LONGER.get(each, 0.0), 2),
                    which=chance.randrange(1000),
                )
                for each in _of_different_things([kind, *chance.sample(kinds, more)])
            )
            yield Round(number, 3.0, tuple(sorted(faults, key=lambda fault: fault.after)))
            number += 1


def _of_different_things(kinds: list[str]) -> list[str]:
    """Leave one fault for each thing."""
    chosen: list[str] = []
    taken: set[str] = set()
    for kind in kinds:
        if taken.isdisjoint(KINDS[kind]):
            taken.update(KINDS[kind])
            chosen.append(kind)
    return chosen
