"""How many hellos a second this process answers, and what follows for those who come too many.

A browser waits ten seconds for the answer to its hello, and then leaves and comes back. So a hello
that waits longer is work for nobody, and a crowd of them would keep a process busy for ever. Those
who cannot be greeted in time are told at once when to come back, and no more of them at a time than
can be greeted then.
"""

from __future__ import annotations

import logging

from realtime_notify.clock import monotonic
from realtime_notify.journal import Condition

logger = logging.getLogger(__name__)

BATCH = 256
"""The most hellos that are answered together."""
PATIENCE = 4.0
"""Seconds that a hello may wait. What is left of the browser's ten goes to the way here, and to a
loop that is busy with the other sockets of the crowd."""

FIRST_GUESS = 500.0  # hellos a second, until batches have been measured
SLOWEST = 5.0  # hellos a second; slower than this is an accident, and not to be planned with
WEIGHT = 0.3  # of the newest batch in the smoothed rate
SOONEST = 0.5  # seconds
SPREAD = 7.5  # seconds over which even a few who come back are spread
LATEST = 300.0  # seconds; clients wait no longer, whatever they are told

Retry = tuple[float, float]
"""Come back after a random time between these two, in seconds."""


class Pace:
    """The measured rate of greeting, and who comes back when."""

    def __init__(self) -> None:
        self.rate = FIRST_GUESS
        """Hellos a second."""
        self._crowd = Condition(
            logger,
            "A crowd: %d hellos wait, and %.0f a second are answered. Others are to come later.",
            "The crowd is over: everybody is greeted in time.",
        )
        self._promised = 0.0  # the moment at which the last of those sent away can be greeted

    def measure(self, count: int, seconds: float) -> None:
        """Learn from a batch of hellos.

        It proves two bounds, which are one for a full batch: whoever answers `count` in this time
        is at least so fast, and no faster than if the batch had been full.

        Args:
            count: how many were answered; 0 if the batch failed.
            seconds: how long that took.
        """
        proven = min(max(self.rate, count / seconds), BATCH / seconds)
        self.rate = max(SLOWEST, self.rate + WEIGHT * (proven - self.rate))

    def has_room(self, waiting: int) -> bool:
        """Return whether one more hello is answered in time behind those that wait.

        A crowd is logged when it begins, and when it is over.
        """
        if waiting < self.rate * PATIENCE:
            if not waiting:
                self._crowd.end()
            return True
        self._crowd.begin(waiting, self.rate)
        return False

    def turn(self, waiting: int) -> Retry:
        """Return when one who is sent away should come back.

        Each of them is promised the next turn that is free, behind those who wait and those who
        were sent away before.
        """
        now = monotonic()
        free = max(self._promised, now + waiting / self.rate)
        self._promised = min(free + 1 / self.rate, now + LATEST - SOONEST - SPREAD)
        wait = round(self._promised - now, 1)
        return wait + SOONEST, wait + SOONEST + SPREAD

    def spread(self, count: int) -> Retry:
        """Return when so many who are sent away at once should come back to a process like this."""
        return SOONEST, min(LATEST, SOONEST + max(SPREAD, round(count / self.rate, 1)))
