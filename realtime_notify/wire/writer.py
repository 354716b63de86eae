"""The writer: one task that writes for every connection with something queued."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

FLUSH_DELAY = 0.002
"""Seconds for which queues gather pushes. No person notices them, and the pushes of a burst then
share frames, which are what costs: on Daphne, half the frames take nearly half the processor."""


class Writable(Protocol):
    """A connection, as the writer sees it."""

    async def write(self) -> None:
        """Write all that is queued."""
        ...


class Writer:
    """Writes for the connections that have something queued.

    One task writes for all of them in turn. If a server makes it wait for one reader, another task
    goes on with the rest: no reader waits for another, and a quiet connection costs no task.
    """

    def __init__(self) -> None:
        self._waiting: deque[Writable] = deque()
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._scheduled = False

    def add(self, connection: Writable) -> None:
        """Write for a connection in a moment, together with what is queued until then."""
        self._waiting.append(connection)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_later(FLUSH_DELAY, self._flush)

    def _flush(self) -> None:
        if not self._waiting:
            self._scheduled = False
            return
        task = self._loop.create_task(self._write())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Comes back once the task has ended, or has come to a reader that makes it wait.
        self._loop.call_soon(self._flush)

    async def _write(self) -> None:
        while self._waiting:
            await self._waiting.popleft().write()
