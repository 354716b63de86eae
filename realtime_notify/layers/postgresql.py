"""A channel layer on PostgreSQL alone: LISTEN and NOTIFY, for sites without Redis.

A process listens on one connection and notifies on another, both its own: NOTIFY takes a lock for
the whole database when its transaction commits, so it must never be part of somebody's transaction,
which would hold that lock while it waits for the disk. One NOTIFY is under way at a time, and what
gathers meanwhile shares the next one.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import defaultdict
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from channels.layers import BaseChannelLayer
from django.db import connections
from psycopg import AsyncConnection, Error, sql

from realtime_notify.keys import EVERYONE
from realtime_notify.layers.payloads import LIMIT, Letter, Message, fits, pack, unpack, wake_up
from realtime_notify.wire.probe import Diagnosis

logger = logging.getLogger(__name__)

PAUSE = 0.02
"""Seconds between two NOTIFYs of a process, which each lock out every other in the database."""
RECONNECT_DELAY = 0.5


class PostgreSQLChannelLayer(BaseChannelLayer):  # type: ignore[misc]  # Channels has no types
    """Carries the pushes of realtime_notify, and any other message of up to 7,999 bytes.

    Args:
        database: the alias of the database. It needs a connection of its own: a pooler in
            transaction mode loses what LISTEN asks for.
        channel: the name of PostgreSQL's channel. Processes with the same one hear each other.
        capacity: messages that may wait in one process for one receiver; more are dropped.
    """

    extensions = ("groups",)

    def __init__(
        self, database: str = "default", channel: str = "realtime_notify", capacity: int = 1000
    ) -> None:
        super().__init__(capacity=capacity)
        self._database = database
        self._channel = channel
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, _Line] = WeakKeyDictionary()

    async def new_channel(self, prefix: str = "specific") -> str:
        """Return the name of a new channel, which the running loop receives from."""
        name = f"{prefix}.{uuid.uuid4().hex}!"
        self._line().queues[name] = asyncio.Queue(self.capacity)
        return name

    async def receive(self, channel: str) -> Message:
        """Wait for the next message of a channel. Whoever is cancelled gives the channel up."""
        line = self._line()
        try:
            return await line.queue(channel).get()
        except asyncio.CancelledError:
            line.drop(channel)
            raise

    async def send(self, channel: str, message: Message) -> None:
        """Send a message to one channel."""
        await self._notify_of((channel, message))

    async def group_add(self, group: str, channel: str) -> None:
        """Let a channel of the running loop receive what is sent to a group from now on."""
        self.require_valid_group_name(group)
        line = self._line()
        line.queue(channel)
        await line.listen()
        line.groups[group].add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        """Let a channel receive nothing more of a group."""
        self._line().leave(group, channel)

    async def group_send(self, group: str, message: Message) -> None:
        """Send a message to a group."""
        self.require_valid_group_name(group)
        await self._notify_of((group, message))

    async def send_gathered(self, letters: list[Letter]) -> None:
        """Send messages of realtime_notify to their groups; wake-ups may go in their place."""
        await self._line().notify(letters)

    async def diagnose(self) -> Diagnosis:
        """Return what may keep notifications from arriving."""
        return await self._line().diagnose()

    async def close(self) -> None:
        """Close the connections of the running loop."""
        if line := self._lines.pop(asyncio.get_running_loop(), None):
            await line.close()

    async def _notify_of(self, letter: Letter) -> None:
        if not fits(letter):
            raise ValueError(
                f"The message for {letter[0]!r} has more than {LIMIT} bytes, the most that "
                "PostgreSQL's NOTIFY carries. Send a reference to a row in its place, or use a "
                "Redis channel layer."
            )
        await self._line().notify([letter])

    def _line(self) -> _Line:
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            line = self._lines[loop] = _Line(self._database, self._channel)
        return line


class _Line:
    """The two connections of one event loop, and what its receivers wait for."""

    def __init__(self, database: str, channel: str) -> None:
        self.queues: dict[str, asyncio.Queue[Message]] = {}
        self.groups: defaultdict[str, set[str]] = defaultdict(set)
        self._database = database
        self._channel = channel
        self._listening: asyncio.Task[None] | None = None
        self._hears = asyncio.Event()
        self._sending = asyncio.Lock()
        self._sender: AsyncConnection[Any] | None = None
        self._free_at = 0.0

    def __del__(self) -> None:
        """Close the sender's connection when its loop has gone, as one of async_to_sync() does."""
        if self._sender is not None:
            self._sender.pgconn.finish()

    # --- receiving ---

    def queue(self, channel: str) -> asyncio.Queue[Message]:
        """Return what waits for a channel.

        Raises:
            RuntimeError: this loop did not open it, or has given it up.
        """
        try:
            return self.queues[channel]
        except KeyError:
            raise RuntimeError(
                f"Channel {channel!r} was not opened by new_channel() in this event loop, or its "
                "receiver was cancelled. Open another."
            ) from None

    def drop(self, channel: str) -> None:
        """Forget a channel; with the last one, stop listening."""
        self.queues.pop(channel, None)
        for group in list(self.groups):
            self.leave(group, channel)
        if not self.queues and self._listening is not None:
            self._listening.cancel()
            self._listening = None

    def leave(self, group: str, channel: str) -> None:
        """Take a channel out of a group."""
        if members := self.groups.get(group):
            members.discard(channel)
            if not members:
                del self.groups[group]

    async def listen(self) -> None:
        """Return as soon as what others send is heard."""
        if self._listening is None or self._listening.done():
            self._hears.clear()
            self._listening = asyncio.create_task(self._listen())
        await self._hears.wait()

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except Error as error:
                logger.debug("Listening to PostgreSQL failed; connecting again: %r", error)
            finally:
                self._hears.clear()
            await asyncio.sleep(RECONNECT_DELAY)

    async def _hear(self) -> None:
        async with await self._connect() as connection:
            await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
            self._hears.set()
            # Nothing of what was sent while nobody listened comes again.
            self._hand_over(EVERYONE, wake_up(None))
            async for notification in connection.notifies():
                self._distribute(notification.payload)

    def _distribute(self, payload: str) -> None:
        try:
            letters = unpack(payload)
        except (TypeError, ValueError):
            logger.exception("Ignoring a notification of PostgreSQL that is none of ours.")
            return
        for address, message in letters:
            self._hand_over(address, message)

    def _hand_over(self, address: str, message: Message) -> None:
        for channel in self.groups.get(address, {address}):
            if queue := self.queues.get(channel):
                with suppress(asyncio.QueueFull):
                    queue.put_nowait(message)

    # --- sending ---

    async def notify(self, letters: list[Letter]) -> None:
        """Send letters to all who listen, this process included."""
        async with self._sending:
            loop = asyncio.get_running_loop()
            await asyncio.sleep(self._free_at - loop.time())
            try:
                for payload in pack(letters):
                    await self._notify(payload)
            except BaseException:
                await self._hang_up()  # whatever state it is in
                raise
            self._free_at = loop.time() + PAUSE

    async def _notify(self, payload: str) -> None:
        if self._sender is None:
            self._sender = await self._connect()
        await self._sender.execute("SELECT pg_notify(%s, %s)", [self._channel, payload])

    async def _hang_up(self) -> None:
        sender, self._sender = self._sender, None
        if sender is not None:
            await sender.close()

    # --- connections ---

    async def _connect(self) -> AsyncConnection[Any]:
        """Open a connection with the parameters that Django has for the database."""
        parameters = connections[self._database].get_connection_params()
        for of_django in ("context", "cursor_factory"):
            parameters.pop(of_django, None)
        parameters.setdefault("application_name", "realtime_notify")
        return await AsyncConnection.connect(**parameters, autocommit=True)

    async def diagnose(self) -> Diagnosis:
        """Ask the server through one more connection. A pooler invents the pid it greets with."""
        async with await self._connect() as connection:
            cursor = await connection.execute(
                "SELECT pg_backend_pid(), pg_notification_queue_usage()"
            )
            ((pid, usage),) = await cursor.fetchall()
            return Diagnosis(pid != connection.info.backend_pid, usage)

    async def close(self) -> None:
        """Close both connections."""
        for channel in list(self.queues):
            self.drop(channel)
        await self._hang_up()
