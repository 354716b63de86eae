"""Scenarios: what people do and what goes wrong, as a list to be kept, replayed and shrunk."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Self

from realtime_notify.testing.simulator.dice import Dice

Step = dict[str, Any]
"""One thing that happens: ``at`` which second, what (``do``), and its arguments."""

MOST_STEPS = 30
LASTS = 20.0  # seconds in which steps happen
VERBS = ("read", "unread", "archive", "unarchive", "delete", "seen")
FAULTS: tuple[Step, ...] = (
    {"loss": 0.5},
    {"loss": 1.0},
    {"doubling": 0.5},
    {"delay": 0.5},
    {"delay": 5.0},
    {"layer_down": True},
    {"layer_hangs": True},
    {"deaf": 0},
    {"database_silent": True},
    {"database_fails": 0.5},
    {"database_delay": 1.0},
    {"inboxes_locked": True},
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
        steps = [_step(dice, _Size(*size)) for _ in range(5 + dice.below(MOST_STEPS - 4))]
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


class _Size(NamedTuple):
    """How many there are of each."""

    users: int
    clients: int
    processes: int


def _step(dice: Dice, size: _Size) -> Step:
    at = round(dice.up_to(LASTS), 3)
    do = _LOTS[dice.below(len(_LOTS))]
    return {"at": at, "do": do, **_ARGUMENTS[do](dice, size)}


def _notify(dice: Dice, size: _Size) -> Step:
    to = sorted({dice.below(size.users) for _ in range(1 + dice.below(size.users))})
    return {"to": to, "message": f"Message {dice.below(6)}", **_by(dice, size)}


def _act(dice: Dice, size: _Size) -> Step:
    verb = VERBS[dice.below(len(VERBS))]
    which = {"upto": dice.below(12)} if verb == "seen" or dice.falls(0.5) else {"place": 0}
    return {**_client(dice, size), "verb": verb, **which}


def _weather(dice: Dice, size: _Size) -> Step:
    fault = FAULTS[dice.below(len(FAULTS))]
    return {**fault, "lasts": round(dice.up_to(8.0), 3)}


def _client(dice: Dice, size: _Size) -> Step:
    return {"client": dice.below(size.clients)}


def _process(dice: Dice, size: _Size) -> Step:
    return {"process": dice.below(size.processes)}


def _user(dice: Dice, size: _Size) -> Step:
    return {"user": dice.below(size.users)}


def _by(dice: Dice, size: _Size) -> Step:
    return {"by": dice.below(size.processes)}


def _nothing(dice: Dice, size: _Size) -> Step:
    return {}


# By what happens: how often, of a hundred, and with which arguments.
_HAPPENINGS: dict[str, tuple[int, Callable[[Dice, _Size], Step]]] = {
    "notify": (34, _notify),
    "promise": (3, lambda dice, size: {"to": [dice.below(size.users)], "message": "Promised"}),
    "broadcast": (3, lambda dice, size: {"message": "Broadcast", **_by(dice, size)}),
    "act": (17, _act),
    "scroll": (5, _client),
    "prune": (2, lambda dice, size: {**_user(dice, size), "keep": 2, **_by(dice, size)}),
    "weather": (11, _weather),
    "cut": (4, lambda dice, size: {**_client(dice, size), "dead": dice.falls(0.3)}),
    "cut_all": (1, _nothing),
    "freeze": (3, lambda dice, size: {**_client(dice, size), "lasts": round(dice.up_to(30.0), 3)}),
    "crowd": (1, lambda dice, size: {"count": 6 + dice.below(18)}),
    "kill": (3, _process),
    "restart": (1, _process),
    "restart_all": (1, _nothing),
    "die_at_commit": (3, _process),
    "lose_push": (2, _process),
    "forget_groups": (1, _nothing),
    "back_up": (1, _nothing),
    "restore": (1, _by),
    "sign_in": (1, lambda dice, size: {**_client(dice, size), **_user(dice, size)}),
    "sign_out": (1, lambda dice, size: {**_client(dice, size), **_by(dice, size)}),
    "step_clock": (1, lambda dice, size: {"by": round(dice.between(-60.0, 60.0), 3)}),
}
_LOTS = [do for do, (often, _) in _HAPPENINGS.items() for _ in range(often)]
_ARGUMENTS = {do: arguments for do, (_, arguments) in _HAPPENINGS.items()}
