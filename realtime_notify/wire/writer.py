"""The writer: writes for every connection with something queued."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Writable(Protocol):
    """A connection, as the writer sees it."""

    def flush(self) -> bool:
        """Write what is queued without waiting; return whether nothing is left."""
        ...

    async def write(self) -> None:
        """Write all that is queued, and wait for the server where it must be."""
        ...


class Writer:
    """Writes for the connections that have something queued.

    Those that a server makes wait are written by one task, in turn. If one of them waits for its
    reader, another task goes on with the rest: no reader waits for another, and a quiet connection
    costs no task.
    """

    def __init__(self) -> None:
        self.gathers = False
        """Whether what is pushed is to be queued, because more is about to be."""
        self._queued: deque[Writable] = deque()
        self._waiting: deque[Writable] = deque()  # those of which flush() has left something
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._scheduled = False

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Write what is pushed in here when it is complete, so that it shares frames."""
        self.gathers = True
        try:
            yield
        finally:
            self.gathers = False
            self._flush_queued()

    def add(self, connection: Writable) -> None:
        """Write for a connection soon."""
        self._queued.append(connection)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_queued()
        self._scheduled = bool(self._waiting)
        if self._waiting:
            task = self._loop.create_task(self._write())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            # Comes back once the task has ended, or has come to a reader that makes it wait.
            self._loop.call_soon(self._flush)

    def _flush_queued(self) -> None:
        for _ in range(len(self._queued)):
            connection = self._queued.popleft()
            if not connection.flush():
                self._waiting.append(connection)

    async def _write(self) -> None:
        while self._waiting:
            await self._waiting.popleft().write()
