"""The worker's share of retention: a little at a time, between two sweeps."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

from django.db import InterfaceError, OperationalError

from realtime_notify.models import SubscriptionRequest
from realtime_notify.retention.policy import configured
from realtime_notify.retention.pruning import Progress, prune

logger = logging.getLogger(__name__)

# Seconds.
PORTION = 0.5
EVERY = 24 * 60 * 60.0
RETRY = 60 * 60.0


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
            OperationalError, InterfaceError: the database failed; the next call starts a walk from
                the beginning. Anything else, such as a `ProtectedError` because of a model of the
                project's, is logged, and tried again in an hour: deliveries must go on.
        """
        try:
            return self._prune(should_stop)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("Old rows could not be removed; it will be tried again in an hour.")
            self._next = time.monotonic() + RETRY
            return False

    def _prune(self, should_stop: Callable[[], bool]) -> bool:
        until = time.monotonic() + PORTION
        if self._walk is None:
            if time.monotonic() < self._next:
                return False
            SubscriptionRequest.objects.prune()
            policy = configured()
            if policy is None:
                self._next = time.monotonic() + EVERY
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
