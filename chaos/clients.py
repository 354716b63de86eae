"""People at their screens: clients of docs/protocol.md over real sockets.

Each comes back by the rules of the document, to any of the servers, and keeps what it shows. Some
also mark, see and archive what they are shown.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
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


@dataclass
class Tally:
    """What a client has lived through.

    Attributes:
        states: (inbox, rev, unread, unseen) of every state frame.
        closes: the codes by which its connections ended.
    """

    connects: int = 0
    syncs: int = 0
    frames: int = 0
    states: list[tuple[str, int, int, int]] = field(default_factory=list)
    closes: list[int] = field(default_factory=list)


class Client:
    """One screen of a person.

    Attributes:
        active: whether the person does something with what the screen shows.
        reading: cleared while it does not read its socket.
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

    async def act(self) -> None:
        """Do something with what is shown."""
        shown = self.view.ordered()
        if not (self.connected and shown):
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
            with suppress(ConnectionClosed):
                await self._sync()

        if self._later is None or self._later.done():
            self._later = asyncio.create_task(wait())

    def close(self) -> None:
        """Give up what it would ask in a while."""
        if self._later is not None:
            self._later.cancel()


class Crowd:
    """All clients, on an event loop of their own."""

    def __init__(self) -> None:
        self.clients: list[Client] = []
        self.busy = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: list[asyncio.Task[None]] = []
        self._thread.start()

    def open(self, cookies: dict[str, str], ports: list[int], seed: int) -> None:
        """Open two screens for each person; every other person does something there."""
        asyncio.run_coroutine_threadsafe(self._open(cookies, ports, seed), self._loop).result()

    async def _open(self, cookies: dict[str, str], ports: list[int], seed: int) -> None:
        for number, (person, cookie) in enumerate(sorted(cookies.items())):
            for screen in range(2):
                chance = random.Random(f"{seed} {person} {screen}")
                client = Client(person, cookie, ports, chance, active=number % 2 == 0)
                self.clients.append(client)
                self._tasks.append(asyncio.create_task(client.live()))
                self._tasks.append(asyncio.create_task(self._use(client, chance)))

    async def _use(self, client: Client, chance: random.Random) -> None:
        while True:
            await asyncio.sleep(chance.uniform(0.3, 1.5))
            if self.busy and client.active:
                await client.act()

    def call(self, function: Any, *arguments: Any) -> None:
        """Have something done on the clients' loop."""
        self._loop.call_soon_threadsafe(function, *arguments)

    def look(self) -> list[dict[str, Any]]:
        """Return what every screen shows at this moment."""

        async def look() -> list[dict[str, Any]]:
            return [snapshot(client) for client in self.clients]

        return asyncio.run_coroutine_threadsafe(look(), self._loop).result(10)

    def close(self) -> None:
        """Close all screens."""

        async def cancel() -> None:
            for client in self.clients:
                client.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(cancel(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def failures(self) -> list[str]:
        """Return the errors that ended a client, which nothing may."""
        return [repr(task.exception()) for task in self._tasks if task.done()]


def snapshot(client: Client) -> dict[str, Any]:
    """Return what a screen shows, as plain data."""
    view = client.view
    return {
        "person": client.person,
        "connected": client.connected,
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
