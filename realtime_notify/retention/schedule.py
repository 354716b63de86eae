"""The worker's share of retention: a little at a time, between two sweeps."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from realtime_notify.retention.policy import configured
from realtime_notify.retention.pruning import Progress, prune

# Seconds.
PORTION = 0.5
EVERY = 24 * 60 * 60.0


class Pruner:
    """Removes what the setting `RETENTION` gives up: one walk a day, in portions."""

    def __init__(self) -> None:
        self._walk: Iterator[Progress] | None = None
        self._next = 0.0

    def prune_due(self, should_stop: Callable[[], bool] = lambda: False) -> bool:
        """Work for half a second, if a walk is due or under way.

        Args:
            should_stop: asked after each step.

        Returns:
            Whether there is more to do at once.

        Raises:
            DatabaseError: the database failed; the next call starts a walk from the beginning.
        """
        until = time.monotonic() + PORTION
        if self._walk is None:
            policy = configured()
            if policy is None or time.monotonic() < self._next:
                return False
            self._walk = prune(policy)
        walk, self._walk = self._walk, None
        for _ in walk:
            if should_stop():
                return False
            if time.monotonic() >= until:
                self._walk = walk
                return True
        self._next = time.monotonic() + EVERY
        return False
