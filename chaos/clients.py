"""People at their screens: clients of docs/protocol.md over real sockets.

Each comes back by the rules of the document, to any of the servers, and keeps what it shows. Some
also mark, see and archive what they are shown.
"""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from chaos.view import Frame, View

MORE_SECONDS = 3.0
"""How much later than promised a heartbeat may come."""
HELLO_PATIENCE = 8.0
SHORTEST_CEILING, LONGEST_CEILING = 0.5, 30.0
WORKED = 3.0
"""Seconds after which a connection has worked."""
FLOOD = 600
"""Frames: three times the `FRAME_BURST` of the town."""
TOO_MANY_FRAMES = 4029


@dataclass
class Tally:
    """What a client has lived through.

    Attributes:
        states: (inbox, rev, unread, unseen) of every state frame.
        closes: the codes by which its connections ended.
        deserved: codes by which it may be closed, for what it has done.
    """

    connects: int = 0
    syncs: int = 0
    frames: int = 0
    states: list[tuple[str, int, int, int]] = field(default_factory=list)
    closes: list[int] = field(default_factory=list)
    deserved: set[int] = field(default_factory=set)


class Client:
    """One screen of a person.

    Attributes:
        active: whether the person does something with what the screen shows.
        reading: cleared while it does not read its socket.
        awake: cleared while it does nothing at all.
    """

    def __init__(
        self, person: str, cookie: str, ports: list[int], chance: random.Random, *, active: bool
    ) -> None:
        self.person = person
        self.view = View()
        self.tally = Tally()
        self.active = active
        self.connected = False
        self.reading = asyncio.Event()
        self.reading.set()
        self.awake = asyncio.Event()
        self.awake.set()
        self._cookie = cookie
        self._ports = ports
        self._chance = chance
        self._socket: ClientConnection | None = None
        self._last_id = 0
        self._asking: int | None = None
        self._later: asyncio.Task[None] | None = None

    async def live(self) -> None:
        """Connect, and come back, for ever."""
        ceiling = SHORTEST_CEILING
        loop = asyncio.get_running_loop()
        while True:
            await self.awake.wait()
            began, retry = loop.time(), None
            try:
                retry = await self._connect()
            except (OSError, InvalidHandshake, ConnectionClosed, TimeoutError, EOFError):
                pass  # an accident: come back
            finally:
                self.connected = False
            if loop.time() - began > WORKED:
                ceiling = SHORTEST_CEILING
            low, high = retry or (0.0, ceiling)
            ceiling = min(2 * ceiling, LONGEST_CEILING)
            await asyncio.sleep(self._chance.uniform(low, high))

    def vanish(self) -> None:
        """Be gone without a word, as a laptop that is closed."""
        if self._socket is not None:
            self._socket.transport.abort()

    def become(self, person: str, cookie: str) -> None:
        """Come back as somebody else, with the view of the person before."""
        self.person, self._cookie = person, cookie
        self.vanish()

    async def flood(self) -> None:
        """Send far more frames than are allowed."""
        self.tally.deserved.add(TOO_MANY_FRAMES)
        with suppress(ConnectionClosed):
            for _ in range(FLOOD):
                await self._command("page", limit=1)

    async def act(self) -> None:
        """Do something with what is shown."""
        shown = self.view.ordered()
        if not (self.connected and shown and self.awake.is_set()):
            return
        some = [item["id"] for item in self._chance.sample(shown, min(3, len(shown)))]
        commands: list[tuple[str, Frame]] = [
            ("read", {"ids": some}),
            ("read", {"upto": self.view.rev}),
            ("unread", {"ids": some}),
            ("seen", {"upto": self.view.rev}),
            ("archive", {"ids": some}),
            ("delete", {"ids": some[:1]}),
        ]
        verb, arguments = self._chance.choice(commands)
        with suppress(ConnectionClosed):
            await self._command(verb, **arguments)

    async def _connect(self) -> tuple[float, float] | None:
        """Live through one connection; return when it asked to come back."""
        address = f"ws://127.0.0.1:{self._chance.choice(self._ports)}/ws/notifications/"
        retry = None
        async with connect(
            address,
            additional_headers={"Cookie": self._cookie},
            compression=None,
            max_size=None,
            open_timeout=HELLO_PATIENCE,
            close_timeout=1,
            ping_interval=None,
            max_queue=4,
        ) as self._socket:
            self._asking = None
            self.tally.connects += 1
            hello = await self._command("hello", **self._since())
            patience = HELLO_PATIENCE
            try:
                while True:
                    await self.reading.wait()
                    await self.awake.wait()
                    async with asyncio.timeout(patience):
                        frame = json.loads(await self._socket.recv())
                    self.tally.frames += 1
                    if "bye" in frame:
                        retry = frame["bye"].get("retry")
                    if frame.get("id") == hello:
                        if "error" in frame:
                            seconds = float(frame["error"].get("retry", 1.0))
                            return seconds, seconds
                        self.connected, patience = True, frame["ping"] + MORE_SECONDS
                    await self._take(frame)
            except ConnectionClosed:
                return retry
            finally:
                self.connected = False
                if self._socket.close_code is not None:
                    self.tally.closes.append(self._socket.close_code)

    async def _take(self, frame: Frame) -> None:
        if "beat" in frame:
            await self._send({"rev": frame["rev"], "beat": frame["beat"]})
            if "age" in frame:
                self._sync_after(self._chance.uniform(0.0, 5.0))
        answered = self._asking is not None and frame.get("id") == self._asking
        if answered:
            self._asking = None
        if "unread" in frame:
            inbox = frame.get("inbox") or self.view.inbox or ""
            state = (inbox, frame["rev"], frame["unread"], frame["unseen"])
            self.tally.states.append(state)
        outcome = self.view.apply(frame)
        if answered and "error" in frame:
            self._sync_after(frame["error"].get("retry", 1.0))
        elif outcome == "sync":
            await self._sync()

    async def _sync(self) -> None:
        if self._asking is None and self.connected:
            self.tally.syncs += 1
            self._asking = self._last_id + 1
            await self._command("sync", **self._since())

    def _since(self) -> Frame:
        if self.view.rev is None:
            return {}
        return {"since": self.view.rev, "inbox": self.view.inbox}

    async def _command(self, verb: str, **arguments: Any) -> int:
        self._last_id += 1
        number = self._last_id
        await self._send({"id": number, verb: arguments})
        return number

    async def _send(self, frame: Frame) -> None:
        if self._socket is not None:
            await self._socket.send(json.dumps(frame))

    def _sync_after(self, seconds: float) -> None:
        """Ask in a while, once."""

        async def wait() -> None:
            await asyncio.sleep(seconds)
            await self.awake.wait()
            with suppress(ConnectionClosed):
                await self._sync()

        if self._later is None or self._later.done():
            self._later = asyncio.create_task(wait())

    def close(self) -> None:
        """Give up what it would ask in a while."""
        if self._later is not None:
            self._later.cancel()

    def snapshot(self) -> dict[str, Any]:
        """Return what the screen shows, as plain data."""
        view = self.view
        return {
            "person": self.person,
            "connected": self.connected,
            "rev": view.rev,
            "unread": view.unread,
            "unseen": view.unseen,
            "bottom": view.bottom,
            "items": [
                {
                    **{name: item[name] for name in ("id", "rev", "seq", "read", "seen")},
                    **{name: item[name] for name in ("occurrences", "message")},
                }
                for item in view.ordered()
            ],
        }
