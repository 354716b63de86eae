"""The figures of a run, or of many."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Figures:
    """What has happened so far.

    Attributes:
        runs: how many towns there were.
        faults: how often each kind of fault was done.
        converged: the longest time to converge after a round with a fault of this kind; other
            faults may have been in it.
        notifications: how many people were notified, each of each.
        connects: how often a client has connected.
        syncs: how often one has asked what changed.
        frames: how many frames all have received.
        mails: how many mails the server has taken.
        repeats: how many of them it had taken before.
        findings: what did not agree. The promise is that there is nothing.
        held: the most that the processes of the last town held after a round, as a table.
    """

    runs: int = 0
    rounds: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    converged: dict[str, float] = field(default_factory=dict)
    notifications: int = 0
    connects: int = 0
    syncs: int = 0
    frames: int = 0
    mails: int = 0
    repeats: int = 0
    findings: list[str] = field(default_factory=list)
    held: str = ""

    def add(self, other: Figures) -> None:
        """Add the figures of another run."""
        for name in COUNTED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for kind, seconds in other.converged.items():
            self.converged[kind] = max(self.converged.get(kind, 0.0), seconds)
        self.held = other.held

    def table(self) -> str:
        """Return the figures as tables of Markdown."""
        totals = {name: getattr(self, name) for name in COUNTED[:-2]}
        totals["faults"] = self.faults.total()
        totals["findings"] = len(self.findings)
        lines = ["| | |", "|---|--:|"]
        lines += [f"| {NAMES.get(name, name)} | {count:,} |" for name, count in totals.items()]
        lines += [f"| longest time to converge | {max(self.converged.values(), default=0):.1f} s |"]
        lines += ["", "| fault | times | longest time to converge |", "|---|--:|--:|"]
        lines += [
            f"| {kind} | {times} | {self.converged.get(kind, 0.0):.1f} s |"
            for kind, times in sorted(self.faults.items())
        ]
        return "\n".join([*lines, "", self.held])


COUNTED = (
    *("runs", "rounds", "notifications", "connects", "syncs", "frames", "mails", "repeats"),
    *("findings", "faults"),
)
NAMES = {
    "connects": "connects and reconnects",
    "syncs": "gaps healed by asking",
    "repeats": "mails that came twice",
}
