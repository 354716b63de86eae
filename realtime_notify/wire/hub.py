"""The hub: the one object per event loop that holds its live connections.

It hears what any process pushes, through its ear and, for this process, directly, and hands it to
the connections of the users a message names. Being in a group authorises nobody: a connection gets
only what carries its own user's id.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Sequence
from typing import Any, NamedTuple

from channels.layers import get_channel_layer

from realtime_notify.conf import settings
from realtime_notify.keys import EVERYONE, key_group, user_group
from realtime_notify.wire import push
from realtime_notify.wire.connection import Connection, Outlet
from realtime_notify.wire.frames import Arrival, Change
from realtime_notify.wire.heal import Healer, Positions
from realtime_notify.wire.layer import Ear
from realtime_notify.wire.protocol import Close
from realtime_notify.wire.shutdown import SignalChain
from realtime_notify.wire.threads import in_thread
from realtime_notify.wire.timers import Wheel
from realtime_notify.wire.vocabulary import Recipient

logger = logging.getLogger(__name__)

RETRY_DELAY = 1.0
DRAIN_TIMEOUT = 3.0
RETRY_AFTER_DRAIN = (0.5, 8.0)


class Backend(NamedTuple):
    """What the hub asks of the database. All of it blocks, and runs in threads."""

    positions: Callable[[Iterable[str]], Positions]
    keys: Callable[[str], Iterable[str]]
    signed_out: Callable[[list[tuple[str, str]]], list[tuple[str, str]]]
    """Of these pairs of user id and session key, those that are no longer signed in."""
    sweep: Callable[[Callable[[], bool]], object]
    """Keep due promises, until the given function says to stop."""


class _Peers:
    """The connections of one user, and the keys that user hears of."""

    __slots__ = ("connections", "keys")

    def __init__(self) -> None:
        self.connections: tuple[Connection, ...] = ()
        self.keys: frozenset[str] = frozenset()


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def running_hub(backend: Backend) -> Hub:
    """The hub of the running loop, started by its first connection."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is None:
        for closed in [one for one in _hubs if one.is_closed()]:
            del _hubs[closed]
        hub = _hubs[loop] = Hub(backend)
        hub.start()
    return hub


class Hub:
    """The connections of one event loop."""

    def __init__(self, backend: Backend) -> None:
        self.draining = False
        self._backend = backend
        self._loop = asyncio.get_running_loop()
        self._users: dict[str, _Peers] = {}
        self._outlet = Outlet()
        self._ear = Ear(get_channel_layer(), self._hear_remote, self._joined)
        self._healer = Healer(self, backend.positions, backend.keys, lambda: self._ear.hears_others)
        self._beats = Wheel[Connection](settings.PING_INTERVAL, self._beat)
        self._checks = Wheel[Connection](settings.SESSION_CHECK_INTERVAL, self._check_sessions)
        self._empty = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener = push.Listener(self._hear_own, self._loop)

    # --- who is connected ---

    def add(self, connection: Connection) -> None:
        """Bring a connection its user's pushes from now on."""
        connection.attach(self._outlet)
        peers = self._users.get(connection.user)
        if peers is None:
            peers = self._users[connection.user] = _Peers()
            self._ear.want([user_group(connection.user)])
        self._healer.expect(connection.user)
        peers.connections += (connection,)
        self._beats.add(connection)
        if connection.session_key is not None:
            self._checks.add(connection)

    def remove(self, connection: Connection) -> None:
        """Forget a connection, and leave the groups that nobody here needs any more."""
        peers = self._users.get(connection.user)
        if peers is None or connection not in peers.connections:
            return
        peers.connections = tuple(one for one in peers.connections if one is not connection)
        self._beats.discard(connection)
        self._checks.discard(connection)
        if not peers.connections:
            del self._users[connection.user]
            self._ear.unwant([user_group(connection.user), *map(key_group, peers.keys)])
            if self.draining and not self._users:
                self._empty.set()

    def users(self) -> list[str]:
        """The ids of all connected users."""
        return list(self._users)

    def connections(self, user: str) -> tuple[Connection, ...]:
        """The connections of one user."""
        peers = self._users.get(user)
        return peers.connections if peers else ()

    def set_keys(self, user: str, keys: Iterable[str]) -> None:
        """Say which keys a connected user hears of."""
        peers = self._users.get(user)
        if peers is not None:
            before, peers.keys = peers.keys, frozenset(keys)
            self._healer.expect(user)
            self._ear.want(map(key_group, peers.keys - before))
            self._ear.unwant(map(key_group, before - peers.keys))

    def sign_out(self, user: str, reason: str) -> None:
        """Send a user away, who is no longer signed in."""
        for connection in self.connections(user):
            connection.close(Close.NOT_SIGNED_IN, reason)

    # --- what is heard ---

    def _joined(self, anew: bool) -> None:
        """Look for what groups carried before they were joined."""
        self._healer.heal_soon(everybody=anew)

    def _hear_own(self, message: push.Message) -> None:
        """Take what this process sends; called from any thread."""
        try:
            self._loop.call_soon_threadsafe(self._hear, message)
        except RuntimeError:  # the loop has ended
            push.unlisten(self._listener)

    def _hear_remote(self, message: push.Message) -> None:
        if not push.is_own(message):
            self._hear(message)

    def _hear(self, message: push.Message) -> None:
        try:
            match message["type"]:
                case "rn.put":
                    self._bring(message["body"], message["to"])
                case "rn.change":
                    change = Change(message["frame"])
                    for connection in self.connections(message["user"]):
                        connection.push(change)
                case "rn.keys":
                    self._change_keys(message)
                case "rn.bye":
                    self._dismiss(message)
        except Exception:
            # Another version of this package, or somebody else, writes to our groups.
            logger.exception("A message from the channel layer is not understood.")

    def _bring(self, body: str, recipients: Iterable[Sequence[Any]]) -> None:
        users = self._users
        for numbers in recipients:
            recipient = Recipient._make(numbers)
            peers = users.get(recipient.user)
            if peers is not None:
                arrival = Arrival(recipient, body)
                for connection in peers.connections:
                    connection.push(arrival)

    def _change_keys(self, message: push.Message) -> None:
        peers = self._users.get(message["user"])
        if peers is not None:
            keys = (peers.keys | set(message["add"])) - set(message["drop"])
            self.set_keys(message["user"], keys)

    def _dismiss(self, message: push.Message) -> None:
        for connection in self.connections(message["user"]):
            key = connection.session_key
            if message["session"] in (None, key and push.session_digest(key)):
                connection.close(Close.NOT_SIGNED_IN, message["reason"])

    # --- what runs by itself ---

    def start(self) -> None:
        """Begin to hear, heal, sweep and beat."""
        push.listen(self._listener)
        self._ear.want([EVERYONE])
        self._spawn(self._run())

    async def _run(self) -> None:
        signals = SignalChain(self.drain)
        signals.install()
        try:
            async with asyncio.TaskGroup() as tasks:
                for work in (
                    *self._ear.work(),
                    self._beats.run,
                    self._checks.run,
                    self._healer.run,
                    self._keep_sweeping,
                ):
                    tasks.create_task(self._see_to(work))
        finally:
            self.draining = True
            signals.remove()
            push.unlisten(self._listener)
            _hubs.pop(self._loop, None)

    async def _see_to(self, work: Callable[[], Awaitable[None]]) -> None:
        """Have something done until it ends by itself; begin anew when it fails."""
        while True:
            try:
                return await work()
            except Exception:
                logger.exception("Something the hub does failed; it is begun anew.")
                await asyncio.sleep(RETRY_DELAY)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep_sweeping(self) -> None:
        while interval := settings.SWEEP_INTERVAL:
            await asyncio.sleep(interval)
            await in_thread("chores", self._backend.sweep, lambda: self.draining)

    def _beat(self, connections: Collection[Connection]) -> None:
        for connection in connections:
            if not connection.beat():
                connection.close(Close.STALE, "heartbeats were not answered")

    def _check_sessions(self, connections: Collection[Connection]) -> None:
        self._spawn(self._close_signed_out(connections))

    async def _close_signed_out(self, connections: Collection[Connection]) -> None:
        pairs = {(one.user, one.session_key) for one in connections if one.session_key}
        try:
            over = set(await in_thread("chores", self._backend.signed_out, list(pairs)))
        except Exception:
            logger.exception("Sessions could not be checked; they will be in the next round.")
            return
        for connection in connections:
            if (connection.user, connection.session_key) in over:
                connection.close(Close.NOT_SIGNED_IN, "the session is over")

    # --- the end ---

    async def drain(self) -> None:
        """Send all connections away, to come back to another process; wait until they are gone."""
        self.draining = True
        if not self._users:
            return
        for user in self.users():
            for connection in self.connections(user):
                connection.close(Close.DRAINING, "draining", RETRY_AFTER_DRAIN)
        try:
            async with asyncio.timeout(DRAIN_TIMEOUT):
                await self._empty.wait()
        except TimeoutError:
            logger.info("%d users did not go in time.", len(self._users))
