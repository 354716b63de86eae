"""One run, and the report on several."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from benchmarks.endurance.looks import LOOK_EVERY, Look, Told
from benchmarks.endurance.residents import Lives

WINDOW = 120.0
"""Seconds over which means are taken."""
GOAL = 3.0
"""Per cent."""


@dataclass
class Evening:
    """One run."""

    server: str
    looks: list[Look]
    lives: Lives
    sent: dict[str, int]
    behind: int
    """Those who were not at the database's revision in the end."""

    def resident(self, around: float) -> float:
        """Return the mean of the memory around a moment."""
        return mean(look.resident for look in self._near(around))

    def blocks(self, around: float) -> float:
        """Return the mean of what Python's allocator had given out around a moment."""
        return mean(look.told.blocks for look in self._near(around) if look.told)

    def growth(self, held: Callable[[float], float]) -> float:
        """Return by how many per cent something grew in the second half."""
        end = self.looks[-1].second
        return 100 * (held(end - WINDOW / 2) / held(end / 2) - 1)

    def _near(self, around: float) -> list[Look]:
        return [look for look in self.looks if abs(look.second - around) <= WINDOW / 2]

    @property
    def missed(self) -> bool:
        """Whether it grew, or somebody missed something."""
        return self.growth(self.resident) > GOAL or self.behind > 0


def read(files: list[Path]) -> list[Evening]:
    """Return the runs that were kept."""
    runs = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    for run in runs:
        run["lives"] = Lives(**run["lives"])
        run["looks"] = [Look(**look) for look in run["looks"]]
        for look in run["looks"]:
            look.told = look.told and Told(**look.told)
    return [Evening(**run) for run in runs]


def report(explained: str, evenings: list[Evening], connections: int) -> str:
    """Return all runs in Markdown."""
    lines = [
        "# An evening",
        "",
        explained,
        "",
        f"{connections:,} connections, {os.cpu_count()} cores, {time.strftime('%-d %B %Y')}. The "
        "machine had other work too.",
        "",
        "| server | minutes | RSS in the middle | in the end | growth | Python's blocks "
        f"| at most {GOAL:g} % | not at the database's revision |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for each in evenings:
        end, growth = each.looks[-1].second, each.growth(each.resident)
        lines.append(
            f"| {each.server} | {end / 60:.0f} | {each.resident(end / 2):.1f} MB "
            f"| {each.resident(end - WINDOW / 2):.1f} MB | {growth:+.2f} % "
            f"| {each.growth(each.blocks):+.2f} % | {'no' if growth > GOAL else 'yes'} "
            f"| {each.behind} of {len(each.lives.revisions):,} |"
        )
    for each in evenings:
        lines += ["", f"## {each.server}", "", _lived(each), "", *_minutes(each)]
    return "\n".join(lines)


def _lived(evening: Evening) -> str:
    lives, end = evening.lives, evening.looks[-1]
    sent = ", ".join(f"{count:,} {kind}" for kind, count in evening.sent.items())
    lost = Counter(lives.lost)
    told = (
        f"{len(lives.lost):,} connections were lost: {dict(lost.most_common(3))}. " if lost else ""
    )
    return (
        f"Notified: {sent}. {lives.arrived:,} notifications were shown, in {lives.frames:,} frames "
        f"with heartbeats; {lives.left:,} times somebody left, {lives.read:,} times everything was "
        f"marked as read, {lives.syncs:,} times somebody asked for what they missed. {told}"
        f"{len(lives.errors)} errors. The process took {end.cpu:,.0f} s of processor time."
    )


def _minutes(evening: Evening) -> list[str]:
    lines = [
        "| minute | RSS MB | connections | groups | tasks | threads | descriptors "
        "| database connections | Python's blocks |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    shown = (
        (look, look.told)
        for look in evening.looks
        if look.told and int(look.second / 60) % 2 == 0 and look.second % 60 < LOOK_EVERY
    )
    lines += [
        f"| {look.second / 60:.0f} | {look.resident:.1f} | {told.connections:,} "
        f"| {told.groups:,} | {told.tasks:,} | {look.threads} | {look.descriptors:,} "
        f"| {look.database} | {told.blocks:,} |"
        for look, told in shown
    ]
    return lines
