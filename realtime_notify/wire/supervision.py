"""Tasks that must not end: one that fails is started again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from realtime_notify.journal import Throttled
from realtime_notify.wire.threads import DatabaseSilent

logger = logging.getLogger(__name__)

RETRY_DELAY = 1.0  # seconds


async def keep_running(work: Callable[[], Awaitable[None]]) -> None:
    """Run a task until it ends by itself; restart it when it fails."""
    failures = Throttled(logger, "Hub task %s failed; restarting it in %g s.")
    while True:
        try:
            return await work()
        except DatabaseSilent:
            pass  # logged already
        except Exception:
            name = getattr(work, "__qualname__", work)
            failures.exception(name, RETRY_DELAY)
        await asyncio.sleep(RETRY_DELAY)
