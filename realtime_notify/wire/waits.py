"""A thread's wait for the database, and its end.

No driver for PostgreSQL limits how long it waits for an answer, and no option of libpq does: a
proxy that acknowledges a query and never passes the answer on makes its asker wait for ever. So
somebody else looks at the clock, and shuts the thread's sockets down: the driver then reads their
end, and raises what it raises when a connection is lost.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from django.db import connections

logger = logging.getLogger(__name__)

Stop = Callable[[], bool]

DEADLINE = 120.0
"""Seconds that a step of work outside of the lanes may take: a chunk, or a message that is sent.

Backends are asked to give up a message sooner, and what a step holds by a lease is not yet anybody
else's."""


class Wait:
    """What a thread does with the database, for as long as it makes progress.

    Args:
        deadline: the seconds that may pass without any.

    Attributes:
        silent_at: when they are over, on the monotonic clock.
    """

    __slots__ = ("_deadline", "_wires", "silent_at")

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._wires: list[Any] = []
        self.prolong()

    def prolong(self) -> None:
        """Begin the time anew."""
        self.silent_at = monotonic() + self._deadline

    @contextmanager
    def of_this_thread(self) -> Iterator[None]:
        """Let the thread that calls be the one that waits."""
        self.prolong()
        self._wires = [connections[alias] for alias in connections]
        _thread.wait = self
        try:
            yield
        finally:
            _thread.wait = None

    def cut(self) -> None:
        """Make the thread's wait for the database fail, whatever it waits for.

        A thread that is still connecting has nothing to cut: it returns when the driver's own
        time-out strikes.
        """
        for database in self._wires:
            # PyMySQL keeps to itself what the other drivers tell.
            wire = getattr(database.connection, "_sock", database.connection)
            # The driver raises errors of its own when the connection has just been closed.
            with suppress(Exception), socket.socket(fileno=os.dup(wire.fileno())) as end:
                end.shutdown(socket.SHUT_RDWR)


class _Thread(threading.local):
    wait: Wait | None = None


_thread = _Thread()


def still_working() -> None:
    """Say, inside work that takes long, that it is not stuck: its deadline begins anew."""
    if _thread.wait is not None:
        _thread.wait.prolong()


@contextmanager
def watched(what: str, should_stop: Stop) -> Iterator[Stop]:
    """Do work that must not wait for the database for ever.

    When it has made no progress for `DEADLINE` seconds, that is logged, and the connections of this
    thread are cut: the work then fails as if the database had gone, and is to be tried again. In a
    lane, or inside another `watched()`, the deadline is theirs.

    Args:
        what: the work, as the log calls it.
        should_stop: asked before each step.

    Yields:
        The same question, by which the work says that it makes progress.
    """

    def asked() -> bool:
        still_working()
        return should_stop()

    if _thread.wait is not None:
        yield asked
        return
    wait, over = Wait(DEADLINE), threading.Event()
    watcher = threading.Thread(target=_watch, args=(wait, what, over), daemon=True)
    with wait.of_this_thread():
        watcher.start()
        try:
            yield asked
        finally:
            over.set()
            watcher.join()  # so that it cuts nothing of what comes next


def _watch(wait: Wait, what: str, over: threading.Event) -> None:
    while not over.wait(max(0.0, wait.silent_at - monotonic())):
        if monotonic() >= wait.silent_at:
            logger.error(
                "%s has made no progress for %g s. Its database connections are cut, and it will "
                "be tried again.",
                *(what, DEADLINE),
            )
            wait.cut()
            wait.prolong()
