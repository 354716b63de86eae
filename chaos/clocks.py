"""Clocks that can be set wrong, one for each process.

A process of the town adds what stands in a file to the time of day, wherever Python's `time.time()`
and Django's `timezone.now()` tell it: deliveries, leases, mails and sessions go by them. Nothing
else is wrong: not `datetime.now()`, by which credentials expire, and not the monotonic clock, which
a step of a real clock leaves alone too. libfaketime would put all of the process wrong, but with it
`time.sleep()` fails from Python 3.11 on.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

STEP = 20.0
"""Seconds: two leases of the town, which are six minutes at a site."""
SEEN_AFTER = 0.5
"""Seconds after which a process looks into the file again."""


class Clock:
    """The clock of another process.

    Args:
        path: the file that says how wrong it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.step(0.0)

    def step(self, seconds: float) -> None:
        """Be wrong by so many seconds from now on."""
        draft = self.path.with_suffix(".new")
        draft.write_text(str(seconds))
        draft.replace(self.path)


def go_by(path: Path) -> None:
    """Have this process go by the clock of a file, from its settings on."""
    wrong, until = 0.0, 0.0
    real_time, real_now = time.time, timezone.now

    def error() -> float:
        nonlocal wrong, until
        if time.monotonic() > until:
            wrong, until = float(path.read_text()), time.monotonic() + SEEN_AFTER
        return wrong

    def now() -> datetime:
        return real_now() + timedelta(seconds=error())

    time.time = lambda: real_time() + error()
    timezone.now = now
