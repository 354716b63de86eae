"""Broadcasts on their way to open browsers: taken in for those who are connected to this process.

A broadcast is announced by its number and its keys alone. The server process writes it into the
inboxes of its own connected users who hear one of the keys; the pushes of what has arrived follow
as from any delivery. An announcement that is lost is found by the heal query.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection

from realtime_notify.conf import settings
from realtime_notify.wire.threads import DatabaseSilent, in_thread

logger = logging.getLogger(__name__)


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
        self._wanted = asyncio.Event()
        self._keys: set[str] = set()
        self._for_everybody = False
        self._lacking: dict[str, None] = {}  # in order

    def announce(self, keys: Collection[str]) -> None:
        """Note that there is a broadcast for those who hear one of these keys; [] is everybody."""
        self._keys.update(keys)
        self._for_everybody |= not keys
        self._wanted.set()

    def catch_up(self, users: Collection[str]) -> None:
        """Note that the inboxes of these users lack a broadcast."""
        self._lacking.update(dict.fromkeys(users))
        self._wanted.set()

    async def run(self) -> None:
        """Take in what is announced, for ever."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            users = self._users_to_serve()
            for start in range(0, len(users), settings.CHUNK_SIZE):
                await self._take_in_chunk(users[start : start + settings.CHUNK_SIZE])

    def _users_to_serve(self) -> list[str]:
        """Return the users who are to take something in, and forget what was announced."""
        users, self._lacking = self._lacking, {}
        if self._for_everybody or self._keys:
            hearing = self._hearing(set() if self._for_everybody else self._keys)
            users.update(dict.fromkeys(hearing))
        self._keys, self._for_everybody = set(), False
        return list(users)

    async def _take_in_chunk(self, users: list[str]) -> None:
        """Take in for some users. If it fails, the heal query finds what they lack."""
        try:
            await in_thread("chores", self._take_in, users)
        except DatabaseSilent:
            pass  # logged already
        except Exception:
            logger.exception("Taking in broadcasts failed; the next heal query has it repeated.")
