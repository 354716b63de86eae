"""Connections whose session is over: its owner signed out, or changed the password."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from itertools import islice

from realtime_notify.journal import Throttled
from realtime_notify.wire import push
from realtime_notify.wire.connection import Connection
from realtime_notify.wire.outbound import Message
from realtime_notify.wire.protocol import Close
from realtime_notify.wire.threads import DatabaseSilent, in_thread
from realtime_notify.wire.timers import TimerWheel

logger = logging.getLogger(__name__)

BATCH = 1000  # connections in one check
RETRY_DELAY = 1.0  # seconds after a check that the database did not answer


class SessionChecks:
    """Closes connections whose session is over, by one check at a time.

    Args:
        interval: seconds after which a connection is checked again; 0 for never.
        signed_out: returns, of pairs of user id and session key, those that are no longer signed
            in; runs in a thread.
    """

    def __init__(
        self,
        interval: float,
        signed_out: Callable[[list[tuple[str, str]]], list[tuple[str, str]]],
    ) -> None:
        self._signed_out = signed_out
        self._wheel = TimerWheel[Connection](interval, self._want)
        self._due: set[Connection] = set()
        self._wanted = asyncio.Event()
        self._failures = Throttled(
            logger, "Checking sessions failed; they are checked again next round."
        )

    def add(self, connection: Connection) -> None:
        """Check a connection from now on, if it has a session."""
        if connection.session_key is not None:
            self._wheel.add(connection)

    def discard(self, connection: Connection) -> None:
        """Check a connection no longer."""
        self._wheel.discard(connection)
        self._due.discard(connection)

    async def run(self) -> None:
        """Check what is due, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._wheel.run())
            tasks.create_task(self._check_what_is_due())

    def _want(self, connections: Collection[Connection]) -> None:
        self._due.update(connections)
        self._wanted.set()

    async def _check_what_is_due(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while batch := list(islice(self._due, BATCH)):
                self._due.difference_update(batch)
                await self._check(batch)

    async def _check(self, connections: list[Connection]) -> None:
        sessions = {(each.user, each.session_key) for each in connections if each.session_key}
        try:
            over = set(await in_thread("chores", self._signed_out, list(sessions)))
        except DatabaseSilent:
            self._want(connections)  # logged already
            await asyncio.sleep(RETRY_DELAY)
            return
        except Exception:
            self._failures.exception()
            return
        for connection in connections:
            if (connection.user, connection.session_key) in over:
                connection.close(Close.NOT_SIGNED_IN, "the session is over")


def close_named(connections: Collection[Connection], message: Message) -> None:
    """Close those of a user's connections that a message of `push.disconnect()` is about."""
    retry = message["retry"]
    code = Close.CREDENTIALS_EXPIRED if retry else Close.NOT_SIGNED_IN
    for connection in connections:
        key = connection.session_key
        if message["session"] in (None, key and push.session_digest(key)):
            connection.close(code, message["reason"], retry)
