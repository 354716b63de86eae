"""The end of a hub: its clients are asked to come back to another process before this one stops."""

from __future__ import annotations

import asyncio
import logging

from realtime_notify.wire.connection import Connection
from realtime_notify.wire.pace import Pace, Retry
from realtime_notify.wire.protocol import Close

logger = logging.getLogger(__name__)

TIMEOUT = 3.0


class Drain:
    """Knows every open connection, greeted or not, and sends them away.

    Args:
        pace: tells over what time they are spread.
    """

    def __init__(self, pace: Pace) -> None:
        self.begun = False
        """Whether connections are refused, because the process is about to stop."""
        self._pace = pace
        self._open: set[Connection] = set()
        self._empty = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def retry(self) -> Retry:
        """When those who are sent away should come back."""
        return self._pace.spread(len(self._open))

    def add(self, connection: Connection) -> None:
        """Note that a connection was opened."""
        self._open.add(connection)

    def discard(self, connection: Connection) -> None:
        """Note that a connection has ended."""
        self._open.discard(connection)
        if self.begun and not self._open:
            self._empty.set()

    async def run(self) -> None:
        """Ask all clients to reconnect to another process, and wait until they have gone.

        A second call waits for the first: a signal and a lifespan event may both ask for it.
        """
        self.begun = True
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._send_away())
        await asyncio.shield(self._task)

    async def _send_away(self) -> None:
        if not self._open:
            return
        retry = self.retry
        logger.info("Draining: %d browsers are asked to come back.", len(self._open))
        for connection in tuple(self._open):
            connection.close(Close.DRAINING, "draining", retry)
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._empty.wait()
        except TimeoutError:
            logger.info("%d browsers are still connected; stopping anyway.", len(self._open))
