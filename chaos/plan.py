"""The plan of faults: a pure function of the seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

KINDS = (
    "server killed",
    "server restarted",
    "server unreachable",
    "redis killed",
    "redis paused",
    "redis emptied",
    "redis unreachable",
    "database connections cut",
    "database restarted",
    "database answer lost",
    "inbox locked",
    "writer killed",
    "writer killed after commit",
    "worker killed",
    "client vanishes",
    "client stops reading",
)
"""What can break. `chaos.faults` has a function for each."""

LONGEST = 4.0
"""Seconds that a fault may last."""


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


def plan(seed: int) -> Iterator[Round]:
    """Give the rounds of a seed, without end.

    Every kind comes once in as many rounds as there are kinds, in an order of its own each time;
    most rounds have more faults beside it.
    """
    chance = random.Random(seed)
    number = 0
    while True:
        for kind in chance.sample(KINDS, len(KINDS)):
            kinds = [kind, *chance.sample(KINDS, chance.choice([0, 1, 1, 2]))]
            faults = (
                Fault(
                    kind=each,
                    after=round(chance.uniform(0.3, 2.5), 2),
                    lasts=round(chance.uniform(0.3, LONGEST), 2),
                    which=chance.randrange(1000),
                )
                for each in _of_different_things(kinds)
            )
            yield Round(number, 3.0, tuple(sorted(faults, key=lambda fault: fault.after)))
            number += 1


def _of_different_things(kinds: list[str]) -> list[str]:
    """Leave one fault for each thing: who is dead can be neither paused nor killed."""
    by_thing: dict[str, str] = {}
    for kind in kinds:
        by_thing.setdefault(kind.split()[0], kind)
    return list(by_thing.values())
