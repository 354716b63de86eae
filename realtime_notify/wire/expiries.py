"""Connections that end at a moment: when what vouched for their user expires."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from math import ceil
from time import time

from realtime_notify.wire.connection import Connection
from realtime_notify.wire.protocol import Close

TICK = 1.0
RETRY = (0.0, 2.0)
"""When to come back, in seconds: those whose credentials expire together come one by one."""


class Expiries:
    """One ticking task for the expiries of all connections, which it keeps by the second.

    It goes by the wall clock, as what expires does, and that clock may jump.
    """

    def __init__(self) -> None:
        self._by_second: defaultdict[int, set[Connection]] = defaultdict(set)

    def add(self, connection: Connection) -> None:
        """Close a connection when what vouches for its user expires, if it ever does."""
        if connection.expires is not None:
            self._by_second[ceil(connection.expires)].add(connection)

    def discard(self, connection: Connection) -> None:
        """Close a connection no longer."""
        if connection.expires is not None:
            second = ceil(connection.expires)
            self._by_second[second].discard(connection)
            if not self._by_second[second]:
                del self._by_second[second]

    async def run(self) -> None:
        """Close connections for ever, each within two seconds of its expiry."""
        while True:
            await asyncio.sleep(TICK)
            now = time()
            for second in [second for second in self._by_second if second <= now]:
                for connection in self._by_second.pop(second):
                    connection.close(Close.CREDENTIALS_EXPIRED, "credentials have expired", RETRY)
