"""The hub: the one object per event loop that holds its live connections.

It receives what any process pushes, through the channel layer and, from this process, directly, and
hands it to the connections of the users that a message names. Being in a group authorises nobody: a
connection gets only what carries its own user's id.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable

from channels.layers import get_channel_layer

from realtime_notify.conf import settings
from realtime_notify.keys import EVERYONE, key_group, user_group
from realtime_notify.wire import outbound
from realtime_notify.wire.backend import Backend
from realtime_notify.wire.batches import Batches
from realtime_notify.wire.broadcasts import Intake
from realtime_notify.wire.connection import Connection
from realtime_notify.wire.counters import counters
from realtime_notify.wire.drain import Drain
from realtime_notify.wire.expiries import Expiries
from realtime_notify.wire.frames import Bodies, NewItem, StateChange
from realtime_notify.wire.heal import Healer
from realtime_notify.wire.layer import LayerReceiver
from realtime_notify.wire.pace import Pace
from realtime_notify.wire.protocol import Close
from realtime_notify.wire.sessions import SessionChecks, close_named
from realtime_notify.wire.shutdown import GracefulShutdown
from realtime_notify.wire.supervision import keep_running
from realtime_notify.wire.sweep import Sweeper
from realtime_notify.wire.timers import TimerWheel
from realtime_notify.wire.vitals import Vitals
from realtime_notify.wire.writer import Writer

logger = logging.getLogger(__name__)


class _User:
    """The connections of one user, and the keys that user is subscribed to."""

    __slots__ = ("connections", "keys")

    def __init__(self) -> None:
        self.connections: tuple[Connection, ...] = ()
        self.keys: frozenset[str] = frozenset()


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def running_hub(backend: Backend) -> Hub:
    """Return the hub of the running loop. Its first connection starts it."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is None:
        for closed in [other for other in _hubs if other.is_closed()]:
            del _hubs[closed]
        hub = _hubs[loop] = Hub(backend)
        hub.start()
    return hub


async def drain_running_hub() -> None:
    """Drain the hub of the running loop, if it has one."""
    if hub := _hubs.get(asyncio.get_running_loop()):
        await hub.drain.run()


def running_hubs() -> list[Hub]:
    """Return the hubs of this process: one for each event loop that serves sockets."""
    return list(_hubs.values())


class Hub:
    """The connections of one event loop."""

    def __init__(self, backend: Backend) -> None:
        self.pace = Pace()
        """How many hellos a second this loop answers."""
        self.drain = Drain(self.pace)
        """Sends everybody away before the process stops."""
        self._loop = asyncio.get_running_loop()
        self._users: dict[str, _User] = {}
        self._writer = Writer()
        self._messages = Batches(self._on_message, self._writer.gathering)
        self._layer = LayerReceiver(get_channel_layer(), self._on_remote_message, self._on_joined)
        self._translate = backend.translate
        self._intake = Intake(self._hearing, backend.take_in)
        self._healer = Healer(
            self,
            backend.positions,
            backend.keys,
            self._intake.catch_up,
            lambda: self._layer.receives_others,
        )
        self._sweeper = Sweeper(backend.run_due, lambda: self.drain.begun)
        self._heartbeats = TimerWheel[Connection](settings.PING_INTERVAL, self._send_heartbeats)
        self._sessions = SessionChecks(settings.SESSION_CHECK_INTERVAL, backend.signed_out)
        self._expiries = Expiries()
        self._running: asyncio.Task[None] | None = None
        self.listener = outbound.Listener(self._on_own_message, self._loop)
        """Brings the hub what this process sends, while the hub runs."""

    # --- who is connected ---

    def open(self, connection: Connection) -> None:
        """Write for a connection that is nobody's yet, and send it away when the hub is drained."""
        connection.attach(self._writer)
        self.drain.add(connection)

    def add(self, connection: Connection) -> None:
        """Send an open connection its user's pushes from now on."""
        user = self._users.get(connection.user)
        if user is None:
            user = self._users[connection.user] = _User()
            self._layer.subscribe([user_group(connection.user)])
        self._healer.expect(connection.user)
        user.connections += (connection,)
        self._heartbeats.add(connection)
        self._expiries.add(connection)
        self._sessions.add(connection)

    def remove(self, connection: Connection) -> None:
        """Forget a connection, and leave the groups that no other needs."""
        self.drain.discard(connection)
        user = self._users.get(connection.user)
        if user is None or connection not in user.connections:
            return
        user.connections = tuple(other for other in user.connections if other is not connection)
        self._heartbeats.discard(connection)
        self._sessions.discard(connection)
        self._expiries.discard(connection)
        if not user.connections:
            del self._users[connection.user]
            self._layer.unsubscribe([user_group(connection.user), *map(key_group, user.keys)])

    def users(self) -> list[str]:
        """Return the ids of all connected users."""
        return list(self._users)

    def connections(self, user: str) -> tuple[Connection, ...]:
        """Return the connections of a user."""
        known = self._users.get(user)
        return known.connections if known else ()

    def vitals(self) -> Vitals:
        """Return how this hub is; may be called in any thread."""
        return Vitals.of(self._users, self._heartbeats, self.drain, self._healer, self._layer)

    def set_keys(self, user: str, keys: Iterable[str]) -> None:
        """Set the keys that a connected user is subscribed to."""
        known = self._users.get(user)
        if known is not None:
            before, known.keys = known.keys, frozenset(keys)
            self._healer.expect(user)
            self._layer.subscribe(map(key_group, known.keys - before))
            self._layer.unsubscribe(map(key_group, before - known.keys))

    def sign_out(self, user: str, reason: str) -> None:
        """Close the connections of a user who is no longer signed in."""
        for connection in self.connections(user):
            connection.close(Close.NOT_SIGNED_IN, reason)

    def send_away(self, connections: Collection[Connection], reason: str) -> None:
        """Close connections whose clients should come back, spread over the time it takes."""
        retry = self.pace.spread(len(connections))
        for connection in connections:
            connection.close(Close.DRAINING, reason, retry)

    def _hearing(self, keys: Collection[str]) -> list[str]:
        """Return the ids of users who are subscribed to one of these keys; of all, without any."""
        users = self._users.items()
        return [user for user, known in users if not keys or not known.keys.isdisjoint(keys)]

    # --- messages ---

    def _on_joined(self, all_anew: bool) -> None:
        """Heal users whose groups were just (re)joined."""
        self._healer.heal_soon(everybody=all_anew)

    def _on_own_message(self, message: outbound.Message) -> None:
        """Take what this process sends; called in any thread."""
        try:
            self._loop.call_soon_threadsafe(self._messages.add, message)
        except RuntimeError:  # the loop is closed
            outbound.unlisten(self.listener)

    def _on_remote_message(self, message: outbound.Message) -> None:
        if not outbound.is_own(message):
            self._messages.add(message)

    def _on_message(self, message: outbound.Message) -> None:
        try:
            match message["type"]:
                case "rn.put":
                    self._deliver(message)
                    counters.push_arrived(message.get("at"))
                case "rn.change":
                    change = StateChange(message["frame"])
                    for connection in self.connections(message["user"]):
                        connection.push(change)
                case "rn.broadcast":
                    self._intake.announce(message["keys"])
                case "rn.wake":
                    self._healer.wake(message["users"], message["keys_of"])
                case "rn.due":
                    self._sweeper.nudge()
                case "rn.keys":
                    self._change_keys(message)
                case "rn.bye":
                    close_named(self.connections(message["user"]), message)
        except Exception:
            # Another version of this package, or another program, writes to our groups.
            logger.exception("Ignoring an unrecognised channel-layer message.")

    def _deliver(self, message: outbound.Message) -> None:
        if texts := message.get("texts"):
            self._deliver_texts(message, texts)
            return
        users, shared, deliveries = self._users, message["body"].encode(), 0
        for recipient in message["to"]:  # lists, if they come from the layer
            if (user := users.get(recipient[0])) is not None:
                item = NewItem(recipient, shared)
                deliveries += len(user.connections)
                for connection in user.connections:
                    connection.push(item)
        counters.deliveries += deliveries

    def _deliver_texts(self, message: outbound.Message, texts: str) -> None:
        """Deliver to each connection in its language."""
        bodies = Bodies(message["body"], texts, self._translate)
        for recipient in message["to"]:
            connections = self.connections(recipient[0])
            counters.deliveries += len(connections)
            for connection in connections:
                connection.push(NewItem(recipient, bodies[connection.language]))

    def _change_keys(self, message: outbound.Message) -> None:
        user = self._users.get(message["user"])
        if user is not None:
            keys = (user.keys | set(message["add"])) - set(message["drop"])
            self.set_keys(message["user"], keys)

    # --- tasks ---

    def start(self) -> None:
        """Start receiving messages, healing, sweeping and sending heartbeats."""
        outbound.listen(self.listener)
        self._layer.subscribe([EVERYONE])
        self._running = self._loop.create_task(self._run())

    async def _run(self) -> None:
        shutdown = GracefulShutdown(self.drain.run)
        shutdown.install()
        try:
            async with asyncio.TaskGroup() as tasks:
                for work in (
                    *self._layer.tasks(),
                    self._heartbeats.run,
                    self._sessions.run,
                    self._expiries.run,
                    self._healer.run,
                    self._intake.run,
                    self._sweeper.run,
                ):
                    tasks.create_task(keep_running(work))
        finally:
            self.drain.begun = True
            shutdown.remove()
            outbound.unlisten(self.listener)
            _hubs.pop(self._loop, None)

    def _send_heartbeats(self, connections: Collection[Connection]) -> None:
        age = self._healer.age()
        for connection in connections:
            if not connection.heartbeat(age):
                connection.close(Close.STALE, "heartbeats were not answered")
