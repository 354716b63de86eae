"""The heal query: finds every lost push, whatever lost it.

One query reads the ``rev`` of all connected users and compares it with what their connections have
announced. It also notices that a user was deactivated or deleted, that an inbox lacks a broadcast,
and that the database was restored. When it does not answer, the next round follows a second later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, Protocol, TypeVar

from realtime_notify.clock import monotonic
from realtime_notify.conf import settings
from realtime_notify.journal import Condition, Throttled
from realtime_notify.wire.connection import Connection, State
from realtime_notify.wire.counters import counters
from realtime_notify.wire.threads import HEAL_DEADLINE, DatabaseSilent, in_thread

logger = logging.getLogger(__name__)

R = TypeVar("R")

INTERVAL_WITH_LAYER = 5.0
INTERVAL_ALONE = 1.0
RETRY_DELAY = 1.0  # seconds after a round in which the database did not answer
GATHER_DELAY = 0.05  # seconds for which users who connect at the same time share one query
GRACE = 0.15  # seconds for a push that is on its way, so that no rev is announced twice
BATCH = 1000  # users in one query


class Position(NamedTuple):
    """Where a user's inbox is, and whether the user may still see it."""

    rev: int
    active: bool
    is_behind: bool
    """Whether the inbox lacks a broadcast."""
    inbox: str
    """The text that says whose rev it is."""


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

    def send_away(self, connections: Collection[Connection], reason: str) -> None:
        """Close connections whose clients should come back."""
        ...


class Healer:
    """Runs the heal query periodically, and soon after groups were joined.

    Args:
        connected: the connections to heal.
        positions: reads where inboxes are; runs in a thread.
        keys: reads the keys that users are subscribed to; runs in a thread.
        take_in: has the broadcasts taken in that the inboxes of these users lack; does not wait.
        layer_works: whether messages of other processes arrive.
    """

    def __init__(
        self,
        connected: Connections,
        positions: Callable[[list[str]], Positions],
        keys: Callable[[list[str]], Mapping[str, Iterable[str]]],
        take_in: Callable[[Collection[str]], None],
        layer_works: Callable[[], bool],
    ) -> None:
        self.healed_at = monotonic()
        """When the last round began that compared every connected user with the database."""
        self._late = Condition(
            logger,
            "No heal query has come back for %.0f s. Pushes that are lost stay lost, and browsers "
            "are told that they may be out of date.",
            "Heal queries come back again.",
            level=logging.ERROR,
        )
        self._failures = Throttled(logger, "A heal query failed; it is run again in %g s.")
        self._connected = connected
        self._positions = positions
        self._keys_of = keys
        self._take_in = take_in
        self._layer_works = layer_works
        self._wanted = asyncio.Event()
        self._everybody = False
        self._joining: set[str] = set()
        self._doubted: set[str] = set()  # users whose keys have to be read again
        self._failed = False  # whether a query did since the last round for everybody began
        self._ended_at = self.healed_at  # when that round ended

    def age(self) -> int | None:
        """Return how many seconds ago the heal query last came back; None if that is soon enough.

        Soon enough is an interval, and the time that one lost answer costs. It is logged when the
        query begins to be late, and when it is not late any more.
        """
        interval = self._interval()
        age = monotonic() - self.healed_at
        late = interval is not None and age > interval + HEAL_DEADLINE + 2 * RETRY_DELAY
        if not late:
            self._late.end()
            return None
        self._late.begin(age)
        return int(age)

    def expect(self, user: str) -> None:
        """Note that a user's groups are being joined, and carry pushes that cannot arrive yet."""
        self._joining.add(user)

    def heal_soon(self, everybody: bool) -> None:
        """Heal in a moment: everybody, or only the users whose groups were being joined."""
        self._everybody |= everybody
        self._wanted.set()

    def wake(self, users: Collection[str] | None, keys_of: Collection[str]) -> None:
        """Heal, in a moment, those whose inboxes changed, in place of the pushes about it.

        Args:
            users: whose inboxes did; None for everybody.
            keys_of: whose keys are to be read again.
        """
        connected = self._connected.connections
        woken = {user for user in users or () if connected(user)}
        doubted = {user for user in keys_of if connected(user)}
        self._joining |= woken
        self._doubted |= doubted
        if users is None or woken or doubted:
            self.heal_soon(everybody=users is None)

    async def run(self) -> None:
        """Heal for ever."""
        while True:
            await self._wait()
            joining, self._joining = self._joining, set()
            if self._everybody or self._left() == 0:
                await self._heal_everybody()
            else:
                await self._heal([user for user in joining if self._connected.connections(user)])

    async def _heal_everybody(self) -> None:
        self._everybody = self._failed = False
        began = monotonic()
        await self._heal(self._connected.users())
        self._ended_at = monotonic()
        if not self._failed:
            self.healed_at = began

    def _interval(self) -> float | None:
        interval = settings.HEAL_INTERVAL
        if interval is None:
            interval = INTERVAL_WITH_LAYER if self._layer_works() else INTERVAL_ALONE
        return interval or None

    def _left(self) -> float | None:
        """Return the seconds until everybody is to be healed; None for never."""
        pause = RETRY_DELAY if self._failed else self._interval()
        return None if pause is None else max(0.0, self._ended_at + pause - monotonic())

    async def _wait(self) -> None:
        """Wait until somebody is to be healed."""
        try:
            async with asyncio.timeout(self._left()):
                await self._wanted.wait()
                await asyncio.sleep(GATHER_DELAY)
        except TimeoutError:
            pass
        self._wanted.clear()

    async def _heal(self, users: list[str]) -> None:
        behind = await self._find_behind(users)
        if behind:
            await asyncio.sleep(GRACE)
            lost = await self._find_lost(behind)
            counters.healed += len(lost)
            for connection, rev in lost.items():
                connection.announce(rev)
            if self._layer_works():
                # The layer works, so it may be the message about a subscription that was lost.
                self._doubted.update(connection.user for connection in lost)
        await self._read_doubted_keys()

    async def _find_behind(self, users: list[str]) -> list[str]:
        """Return the users with a connection that differs; sign out those who are gone.

        When the database was restored, all clients are sent away: at a rev that they know already,
        nothing else would make them ask.
        """
        behind: list[str] = []
        lacking: list[str] = []
        strayed: list[Connection] = []
        for batch in _batches(users):
            positions = await self._ask(self._positions, batch)
            if positions is None:
                continue
            counters.heals += 1
            for user in batch:
                position = positions.get(user)
                if position is None or not position.active:
                    self._connected.sign_out(user, "not active")
                    continue
                if position.is_behind:
                    lacking.append(user)
                if self._differing(user, position.rev):
                    behind.append(user)
                strayed += self._strayed(user, position.inbox)
        if strayed:
            self._connected.send_away(strayed, "the database was restored")
        if lacking:
            self._take_in(lacking)
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
            positions = await self._ask(self._positions, batch) or {}
            for user, position in positions.items():
                for connection in self._differing(user, position.rev):
                    if announced.get(connection) == connection.announced_rev:
                        lost[connection] = position.rev
        return lost

    async def _read_doubted_keys(self) -> None:
        for batch in _batches(list(self._doubted)):
            keys = await self._ask(self._keys_of, batch)
            if keys is not None:
                self._doubted.difference_update(batch)
                for user in batch:
                    self._connected.set_keys(user, keys[user])

    async def _ask(self, question: Callable[[list[str]], R], users: list[str]) -> R | None:
        """Ask the database about a batch of users; None, and another round soon, if that fails."""
        try:
            return await in_thread("heal", question, users)
        except DatabaseSilent:
            pass  # logged already, by the name of the question
        except Exception:
            self._failures.exception(RETRY_DELAY)
        self._failed = True
        return None

    def _strayed(self, user: str, inbox: str) -> list[Connection]:
        """Return the connections of a user whose clients hold revs of another inbox."""
        return [
            connection
            for connection in self._connected.connections(user)
            if connection.inbox not in ("", inbox)
        ]

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
