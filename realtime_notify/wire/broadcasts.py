"""Broadcasts on their way to open browsers: taken in for those who are connected to this process.

A broadcast is announced by its number and its keys alone. The server process writes it into the
inboxes of its own connected users who hear one of the keys; the pushes of what has arrived follow
as from any delivery. An announcement that is lost is found by the heal query.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from realtime_notify.conf import settings
from realtime_notify.wire.threads import in_thread


class Intake:
    """Takes broadcasts in for connected users, one round at a time.

    Broadcasts that are announced while a round runs share the next one.

    Args:
        hearing: returns the ids of the connected users who hear one of these keys, or of all of
            them without a key.
        take_in: takes in what the inboxes of some users lack; runs in a thread.
    """

    def __init__(
        self,
        hearing: Callable[[Collection[str]], list[str]],
        take_in: Callable[[list[str]], object],
    ) -> None:
        self._hearing = hearing
        self._take_in = take_in
        self._announced = asyncio.Event()
        self._keys: set[str] = set()
        self._for_everybody = False

    def announce(self, keys: Collection[str]) -> None:
        """Note that there is a broadcast for those who hear one of these keys; [] is everybody."""
        self._keys.update(keys)
        self._for_everybody |= not keys
        self._announced.set()

    async def run(self) -> None:
        """Take in what is announced, for ever."""
        while True:
            await self._announced.wait()
            self._announced.clear()
            keys = set() if self._for_everybody else self._keys
            self._keys, self._for_everybody = set(), False
            users = self._hearing(keys)
            for start in range(0, len(users), settings.CHUNK_SIZE):
                await in_thread("chores", self._take_in, users[start : start + settings.CHUNK_SIZE])
