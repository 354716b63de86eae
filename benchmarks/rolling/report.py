"""What was noticed of a rolling restart, and how it is told."""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.rolling.screens import Screen

DRAINING = 4001


@dataclass
class Restart:
    """That of the process at an address; it has ended when everybody is connected again."""

    server: str
    began: float
    ended: float


@dataclass
class Rolling:
    """What was noticed of one rolling restart.

    Attributes:
        sent: the notifications, and `copies` how many of them there should be in inboxes.
        wrong: what a view or an inbox shows otherwise than it should.
        pages: how often each page in Chromium reconnected.
    """

    how: str
    restarts: list[Restart]
    screens: list[Screen]
    sent: int
    copies: int
    pages: list[int]
    wrong: list[str] = field(default_factory=list)

    @property
    def reconnects(self) -> Counter[int]:
        """How many clients reconnected how often."""
        return Counter(len(screen.visits) - 1 for screen in self.screens)

    @property
    def needless(self) -> int:
        """Connections that ended though their process was not about to be restarted."""
        return sum(
            not any(
                visit.code == DRAINING
                and visit.server == restart.server
                and restart.began <= visit.left <= restart.ended
                for restart in self.restarts
            )
            for screen in self.screens
            for visit in screen.visits
            if visit.left is not None
        )

    @property
    def away(self) -> list[float]:
        """Seconds from the end of a connection to the next greeting."""
        return [
            after.greeted - before.left
            for screen in self.screens
            for before, after in zip(screen.visits, screen.visits[1:], strict=False)
            if before.left is not None
        ]


def report(explained: str, results: list[Rolling]) -> str:
    """Return what was noticed in Markdown."""
    first = results[0]
    lines = [
        "# A rolling restart",
        "",
        explained,
        "",
        f"{len(first.screens):,} clients, {len(first.pages)} pages in Chromium, {os.cpu_count()} "
        f"cores that had other work too, {time.strftime('%-d %B %Y')}.",
        "",
        "| | " + " | ".join(each.how for each in results) + " |",
        "|---|" + "---|" * len(results),
    ]
    rows: dict[str, Callable[[Rolling], str]] = {
        "notifications, copies of them in inboxes": lambda r: f"{r.sent:,}, {r.copies:,}",
        "views that show too little, too much, or in another order": lambda r: f"{len(r.wrong)}",
        "clients that reconnected once": lambda r: f"{r.reconnects[1]:,}",
        "twice": lambda r: f"{r.reconnects[2]:,}",
        "more often": lambda r: f"{sum(n for k, n in r.reconnects.items() if k > 2):,}",
        "never": lambda r: f"{r.reconnects[0]:,}",
        "reconnects of the pages in Chromium": lambda r: ", ".join(map(str, r.pages)),
        "connections lost whose process was not restarted": lambda r: f"{r.needless}",
        "attempts that were not greeted": lambda r: (
            f"{sum(screen.attempts - len(screen.visits) for screen in r.screens):,}"
        ),
        "seconds without a connection, median and longest": lambda r: (
            f"{statistics.median(r.away):.1f}, {max(r.away):.1f}"
        ),
    }
    for what, figure in rows.items():
        lines.append(f"| {what} | " + " | ".join(map(figure, results)) + " |")
    return "\n".join(lines)
