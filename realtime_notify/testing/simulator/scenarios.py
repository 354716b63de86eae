"""Scenarios: what people do and what goes wrong, as a list to be kept, replayed and shrunk."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from realtime_notify.testing.simulator.dice import Dice

Step = dict[str, Any]
"""One thing that happens: ``at`` which second, what (``do``), and its arguments."""

MOST_STEPS = 30
LASTS = 20.0  # seconds in which steps happen
VERBS = ("read", "unread", "archive", "unarchive", "delete", "seen")
FAULTS = (
    {"loss": 0.5},
    {"loss": 1.0},
    {"doubling": 0.5},
    {"delay": 0.5},
    {"delay": 5.0},
    {"layer_down": True},
    {"database_silent": True},
    {"database_delay": 1.0},
    {"line_delay": 2.0},
)


@dataclass(frozen=True)
class Scenario:
    """A run of the simulator, written down.

    Attributes:
        seed: decides everything that the steps leave to chance.
        users: how many people there are.
        clients: how many browsers each of them has.
        processes: how many server processes there are.
        steps: what happens, in the order of time.
    """

    seed: int
    users: int
    clients: int
    processes: int
    steps: tuple[Step, ...]

    @classmethod
    def of_seed(cls, seed: int) -> Self:
        """Make the scenario of a seed."""
        dice = Dice(f"scenario/{seed}")
        users, clients, processes = 1 + dice.below(3), 1 + dice.below(2), 1 + dice.below(3)
        size = users, users * clients, processes
        steps = [_step(dice, *size) for _ in range(5 + dice.below(MOST_STEPS - 4))]
        steps.sort(key=lambda step: step["at"])
        return cls(seed, users, clients, processes, tuple(steps))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a scenario from a file that `write()` wrote."""
        values = json.loads(path.read_text())
        return cls(**{**values, "steps": tuple(values["steps"])})

    def write(self, path: Path) -> None:
        """Write the scenario to a file, to be replayed."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")


def shrink(scenario: Scenario, fails: Callable[[Scenario], bool]) -> Scenario:
    """Return a scenario that still fails, and does not when any one of its steps is left out.

    It is delta debugging (https://www.st.cs.uni-saarland.de/papers/tse2002/): steps are left out in
    chunks, which halve whenever none can be spared.

    Args:
        scenario: one that fails.
        fails: runs a scenario, and tells whether it fails.
    """
    size = max(1, len(scenario.steps) // 2)
    while True:
        spared = False
        start = 0
        while start < len(scenario.steps):
            steps = scenario.steps[:start] + scenario.steps[start + size :]
            smaller = replace(scenario, steps=steps)
            if fails(smaller):
                scenario, spared = smaller, True
            else:
                start += size
        if size == 1 and not spared:
            return scenario
        size = max(1, size // 2)


def _step(dice: Dice, users: int, clients: int, processes: int) -> Step:
    step: Step = {"at": round(dice.up_to(LASTS), 3)}
    chance = dice.below(100)
    if chance < 40:
        to = sorted({dice.below(users) for _ in range(1 + dice.below(users))})
        message = f"Message {dice.below(6)}"
        by = dice.below(processes)
        return {**step, "do": "notify", "to": to, "message": message, "by": by}
    if chance < 44:
        return {**step, "do": "promise", "to": [dice.below(users)], "message": "Promised"}
    if chance < 62:
        verb = VERBS[dice.below(len(VERBS))]
        which = {"upto": dice.below(12)} if verb == "seen" or dice.falls(0.5) else {"place": 0}
        return {**step, "do": "act", "client": dice.below(clients), "verb": verb, **which}
    if chance < 68:
        return {**step, "do": "scroll", "client": dice.below(clients)}
    return {**step, **_fault(dice, chance, users, clients, processes)}


def _fault(dice: Dice, chance: int, users: int, clients: int, processes: int) -> Step:
    """Return something that goes wrong, by a number from 68 to 99."""
    if chance < 80:
        fault = FAULTS[dice.below(len(FAULTS))]
        return {"do": "weather", **fault, "lasts": round(dice.up_to(8.0), 3)}
    if chance < 86:
        dead = dice.falls(0.3)
        return {"do": "cut", "client": dice.below(clients), "dead": dead}
    by = dice.below(processes)
    if chance < 90:
        return {"do": "kill", "process": by}
    if chance < 94:
        return {"do": "die_at_commit", "process": by}
    if chance < 96:
        return {"do": "lose_push", "process": by}
    if chance < 97:
        return {"do": "forget_groups"}
    if chance < 98:
        return {"do": "back_up"}
    if chance < 99:
        return {"do": "restore", "by": by}
    return {"do": "sign_in", "client": dice.below(clients), "user": dice.below(users)}
