"""What a measurement returns, and how times are taken."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

REPEATS = 5


class Figure(NamedTuple):
    """A line of the table.

    Attributes:
        what: what was measured.
        value: the figure, as it is printed.
        goal: what it should be; "" when it is there for information.
        is_met: whether it is that.
    """

    what: str
    value: str
    goal: str = ""
    is_met: bool = True


def timed(call: Callable[[], object]) -> float:
    """Return the seconds that a call took."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def interleaved(*calls: Callable[[], object], repeats: int = REPEATS) -> list[float]:
    """Return the median seconds of each call; they take turns, so that none has the quieter box."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(repeats):
        for taken, call in zip(times, calls, strict=True):
            taken.append(timed(call))
    return [statistics.median(taken) for taken in times]


def at_most(what: str, value: float, limit: float, unit: str = " s") -> Figure:
    """Return a figure that should not be above a limit."""
    return Figure(what, f"{value:.2f}{unit}", f"at most {limit:g}{unit}", value <= limit)


def at_least(what: str, value: float, limit: float, unit: str = " times") -> Figure:
    """Return a figure that should not be below a limit."""
    return Figure(what, f"{value:.2f}{unit}", f"at least {limit:g}{unit}", value >= limit)


def table(figures: Iterable[Figure]) -> str:
    """Return figures as a table of Markdown."""
    lines = ["| | measured | goal | |", "|---|---|---|---|"]
    for what, value, goal, is_met in figures:
        verdict = "" if not goal else "yes" if is_met else "no"
        lines.append(f"| {what} | {value} | {goal} | {verdict} |")
    return "\n".join(lines)
