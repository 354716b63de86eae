"""The heal query: finds every lost push, whatever lost it.

One query asks for the ``rev`` of all connected users and compares it with what their browsers were
told. It also brings the news that a user was deactivated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import NamedTuple, Protocol

from realtime_notify.live.connection import Connection
from realtime_notify.live.threads import in_thread

BATCH = 1000  # users in one query
GRACE = 0.15  # seconds for a push that is on its way, so that nobody is told twice


class Position(NamedTuple):
    """Where a user's inbox is, and whether the user may still see it."""

    rev: int
    active: bool


Positions = dict[str, Position]
"""By user id; a user who is not in it is gone."""


class Roster(Protocol):
    """Who is connected."""

    def users(self) -> list[str]:
        """The ids of all connected users."""
        ...

    def connections(self, user: str) -> Sequence[Connection]:
        """The connections of one of them."""
        ...


async def find_lost(
    roster: Roster, read: Callable[[Iterable[str]], Positions]
) -> tuple[dict[Connection, int], list[str]]:
    """Find the connections that were told another rev than the database holds, and users gone.

    A difference counts when it is still there, and nothing was told, a moment later: until then
    the push was only on its way, or came in while the query ran.
    """
    behind: list[str] = []
    gone: list[str] = []
    for users in _batches(roster.users()):
        positions = await in_thread("chores", read, users)
        for user in users:
            position = positions.get(user)
            if position is None or not position.active:
                gone.append(user)
            elif _differing(roster, user, position.rev):
                behind.append(user)
    if not behind:
        return {}, gone
    await asyncio.sleep(GRACE)
    return await _still_lost(roster, behind, read), gone


async def _still_lost(
    roster: Roster, behind: list[str], read: Callable[[Iterable[str]], Positions]
) -> dict[Connection, int]:
    lost: dict[Connection, int] = {}
    for users in _batches(behind):
        told = {one: one.told for user in users for one in roster.connections(user)}
        for user, position in (await in_thread("chores", read, users)).items():
            for one in _differing(roster, user, position.rev):
                if told.get(one) == one.told:
                    lost[one] = position.rev
    return lost


def _differing(roster: Roster, user: str, rev: int) -> list[Connection]:
    return [one for one in roster.connections(user) if not one.corked and one.told != rev]


def _batches(users: list[str]) -> Iterable[list[str]]:
    rest = iter(users)
    while batch := list(islice(rest, BATCH)):
        yield batch
