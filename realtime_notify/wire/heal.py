"""The heal query: finds every lost push, whatever lost it.

One query asks for the ``rev`` of all connected users and compares it with what their browsers were
told. It also brings the news that a user was deactivated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import NamedTuple, Protocol

from realtime_notify.conf import settings
from realtime_notify.wire.connection import Connection
from realtime_notify.wire.threads import in_thread

INTERVAL_HEARING = 5.0
INTERVAL_DEAF = 1.0
SOON = 0.05  # seconds in which those who come at the same time gather for one query
GRACE = 0.15  # seconds for a push that is on its way, so that nobody is told twice
BATCH = 1000  # users in one query


class Position(NamedTuple):
    """Where a user's inbox is, and whether the user may still see it."""

    rev: int
    active: bool


Positions = dict[str, Position]
"""By user id; a user who is not in it is gone."""


class Roster(Protocol):
    """Who is connected."""

    def users(self) -> list[str]:
        """Return the ids of all connected users."""
        ...

    def connections(self, user: str) -> Sequence[Connection]:
        """Return the connections of one of them."""
        ...

    def set_keys(self, user: str, keys: Iterable[str]) -> None:
        """Say which keys one of them hears of."""
        ...

    def sign_out(self, user: str, reason: str) -> None:
        """Send one of them away."""
        ...


class Healer:
    """Looks for lost pushes again and again.

    Args:
        roster: who is connected.
        positions: reads where inboxes are; runs in a thread.
        keys: reads the keys a user hears of; runs in a thread.
        hears: whether the messages of other processes arrive.
    """

    def __init__(
        self,
        roster: Roster,
        positions: Callable[[Iterable[str]], Positions],
        keys: Callable[[str], Iterable[str]],
        hears: Callable[[], bool],
    ) -> None:
        self._roster = roster
        self._positions = positions
        self._keys_of = keys
        self._hears = hears
        self._wanted = asyncio.Event()
        self._everybody = False
        self._new: set[str] = set()

    def expect(self, user: str) -> None:
        """Note that a user's groups are being joined: what they carry until then is not heard."""
        self._new.add(user)

    def heal_soon(self, everybody: bool) -> None:
        """Look in a moment after those who are new, or after everybody."""
        self._everybody |= everybody
        self._wanted.set()

    async def run(self) -> None:
        """Look for ever."""
        while True:
            if await self._is_wanted_within(self._interval()) and not self._everybody:
                users = [user for user in self._new if self._roster.connections(user)]
            else:
                users = self._roster.users()
            self._wanted.clear()
            self._everybody = False
            self._new.clear()
            if users:
                await self._look_after(users)

    def _interval(self) -> float | None:
        interval = settings.HEAL_INTERVAL
        if interval is None:
            interval = INTERVAL_HEARING if self._hears() else INTERVAL_DEAF
        return interval or None

    async def _is_wanted_within(self, interval: float | None) -> bool:
        try:
            await asyncio.wait_for(self._wanted.wait(), interval)
        except TimeoutError:
            return False
        await asyncio.sleep(SOON)
        return True

    async def _look_after(self, users: list[str]) -> None:
        behind = await self._find_behind(users)
        if not behind:
            return
        await asyncio.sleep(GRACE)
        lost = await self._find_lost(behind)
        for connection, rev in lost.items():
            connection.tell(rev)
        if self._hears():
            # The layer works, so perhaps it was the news of a subscription that got lost.
            for user in {connection.user for connection in lost}:
                keys = await in_thread("chores", self._keys_of, user)
                self._roster.set_keys(user, keys)

    async def _find_behind(self, users: list[str]) -> list[str]:
        """Return who was told another rev than the database holds; send those away who are gone."""
        behind: list[str] = []
        for batch in _batches(users):
            positions = await in_thread("chores", self._positions, batch)
            for user in batch:
                position = positions.get(user)
                if position is None or not position.active:
                    self._roster.sign_out(user, "not active")
                elif self._differing(user, position.rev):
                    behind.append(user)
        return behind

    async def _find_lost(self, users: list[str]) -> dict[Connection, int]:
        """Return the connections that still differ, though nothing is told them meanwhile.

        Where something is, the push was only on its way, or came in while the query ran.
        """
        lost: dict[Connection, int] = {}
        for batch in _batches(users):
            told = {one: one.told for user in batch for one in self._roster.connections(user)}
            positions = await in_thread("chores", self._positions, batch)
            for user, position in positions.items():
                for one in self._differing(user, position.rev):
                    if told.get(one) == one.told:
                        lost[one] = position.rev
        return lost

    def _differing(self, user: str, rev: int) -> list[Connection]:
        connections = self._roster.connections(user)
        return [one for one in connections if not one.corked and one.told != rev]


def _batches(users: list[str]) -> Iterable[list[str]]:
    rest = iter(users)
    while batch := list(islice(rest, BATCH)):
        yield batch
