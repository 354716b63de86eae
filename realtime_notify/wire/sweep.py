"""The sweep of a server process: what is due is delivered, woken and expired, worker or not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from realtime_notify.conf import settings
from realtime_notify.wire.threads import in_thread
from realtime_notify.wire.waits import still_working


class Sweeper:
    """Sweeps every `SWEEP_INTERVAL` seconds, and when it is nudged.

    Args:
        run_due: does what is due until the given function says to stop; runs in a thread.
        should_stop: says whether the process is about to stop; called in that thread.
    """

    def __init__(
        self, run_due: Callable[[Callable[[], bool]], object], should_stop: Callable[[], bool]
    ) -> None:
        self._run_due = run_due
        self._should_stop = should_stop
        self._nudged = asyncio.Event()

    def nudge(self) -> None:
        """Sweep now: something is due."""
        self._nudged.set()

    async def run(self) -> None:
        """Sweep for ever; not at all if the interval is 0."""
        while interval := settings.SWEEP_INTERVAL:
            # Python 3.11's wait_for() may lose a cancellation, and the process would never stop.
            with suppress(TimeoutError):
                async with asyncio.timeout(interval):
                    await self._nudged.wait()
            self._nudged.clear()
            await in_thread("chores", self._run_due, self._stops)

    def _stops(self) -> bool:
        """Say before each chunk whether to stop; a sweep may take long, and is not stuck then."""
        still_working()
        return self._should_stop()
