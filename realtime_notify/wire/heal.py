"""The heal query: finds every lost push, whatever lost it.

One query reads the ``rev`` of all connected users and compares it with what their connections have
announced. It also notices that a user was deactivated or deleted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import NamedTuple, Protocol

from realtime_notify.conf import settings
from realtime_notify.wire.connection import Connection, State
from realtime_notify.wire.threads import in_thread

INTERVAL_WITH_LAYER = 5.0
INTERVAL_ALONE = 1.0
GATHER_DELAY = 0.05  # seconds for which users who connect at the same time share one query
GRACE = 0.15  # seconds for a push that is on its way, so that no rev is announced twice
BATCH = 1000  # users in one query


class Position(NamedTuple):
    """Where a user's inbox is, and whether the user may still see it."""

    rev: int
    active: bool


Positions = dict[str, Position]
"""By user id. A user who was deleted is not in it."""


class Connections(Protocol):
    """The connections of an event loop."""

    def users(self) -> list[str]:
        """Return the ids of all connected users."""
        ...

    def connections(self, user: str) -> Sequence[Connection]:
        """Return the connections of a user."""
        ...

    def set_keys(self, user: str, keys: Iterable[str]) -> None:
        """Set the keys that a user is subscribed to."""
        ...

    def sign_out(self, user: str, reason: str) -> None:
        """Close the connections of a user who may not see the inbox any more."""
        ...


class Healer:
    """Runs the heal query periodically, and soon after groups were joined.

    Args:
        connected: the connections to heal.
        positions: reads where inboxes are; runs in a thread.
        keys: reads the keys that a user is subscribed to; runs in a thread.
        layer_works: whether messages of other processes arrive.
    """

    def __init__(
        self,
        connected: Connections,
        positions: Callable[[list[str]], Positions],
        keys: Callable[[str], Iterable[str]],
        layer_works: Callable[[], bool],
    ) -> None:
        self._connected = connected
        self._positions = positions
        self._keys_of = keys
        self._layer_works = layer_works
        self._wanted = asyncio.Event()
        self._everybody = False
        self._joining: set[str] = set()

    def expect(self, user: str) -> None:
        """Note that a user's groups are being joined, and carry pushes that cannot arrive yet."""
        self._joining.add(user)

    def heal_soon(self, everybody: bool) -> None:
        """Heal in a moment: everybody, or only the users whose groups were being joined."""
        self._everybody |= everybody
        self._wanted.set()

    async def run(self) -> None:
        """Heal for ever."""
        while True:
            if await self._is_wanted_within(self._interval()) and not self._everybody:
                users = [user for user in self._joining if self._connected.connections(user)]
            else:
                users = self._connected.users()
            self._wanted.clear()
            self._everybody = False
            self._joining.clear()
            if users:
                await self._heal(users)

    def _interval(self) -> float | None:
        interval = settings.HEAL_INTERVAL
        if interval is None:
            interval = INTERVAL_WITH_LAYER if self._layer_works() else INTERVAL_ALONE
        return interval or None

    async def _is_wanted_within(self, interval: float | None) -> bool:
        try:
            async with asyncio.timeout(interval):
                await self._wanted.wait()
        except TimeoutError:
            return False
        await asyncio.sleep(GATHER_DELAY)
        return True

    async def _heal(self, users: list[str]) -> None:
        behind = await self._find_behind(users)
        if not behind:
            return
        await asyncio.sleep(GRACE)
        lost = await self._find_lost(behind)
        for connection, rev in lost.items():
            connection.announce(rev)
        if self._layer_works():
            # The layer works, so it may be the message about a subscription that was lost.
            for user in {connection.user for connection in lost}:
                keys = await in_thread("heal", self._keys_of, user)
                self._connected.set_keys(user, keys)

    async def _find_behind(self, users: list[str]) -> list[str]:
        """Return the users with a connection that differs; sign out those who are gone."""
        behind: list[str] = []
        for batch in _batches(users):
            positions = await in_thread("heal", self._positions, batch)
            for user in batch:
                position = positions.get(user)
                if position is None or not position.active:
                    self._connected.sign_out(user, "not active")
                elif self._differing(user, position.rev):
                    behind.append(user)
        return behind

    async def _find_lost(self, users: list[str]) -> dict[Connection, int]:
        """Return the connections that still differ, and the rev of their inbox.

        One that announced something while the query ran is left out: its push was only on its way.
        """
        lost: dict[Connection, int] = {}
        for batch in _batches(users):
            announced = {
                connection: connection.announced_rev
                for user in batch
                for connection in self._connected.connections(user)
            }
            positions = await in_thread("heal", self._positions, batch)
            for user, position in positions.items():
                for connection in self._differing(user, position.rev):
                    if announced.get(connection) == connection.announced_rev:
                        lost[connection] = position.rev
        return lost

    def _differing(self, user: str, rev: int) -> list[Connection]:
        return [
            connection
            for connection in self._connected.connections(user)
            if connection.state is not State.CORKED and connection.announced_rev != rev
        ]


def _batches(users: list[str]) -> Iterable[list[str]]:
    rest = iter(users)
    while batch := list(islice(rest, BATCH)):
        yield batch
