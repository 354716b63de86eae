"""Hundreds of clients of the protocol in a process of their own, which note what they show.

They have the real store and the real client's rules for coming back, and note each connection they
had, and each notification in the order in which it appeared.
"""

from __future__ import annotations

import asyncio
import copy
import json
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Process, Queue, Value
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from realtime_notify.testing.backoff import WORKS_AFTER, wait
from realtime_notify.testing.session import Frame, Session

PATIENCE = 10.0
"""Seconds for a handshake, and for the answer to hello."""
AT_ONCE = 20
"""Handshakes in the beginning."""


@dataclass
class Visit:
    """A connection that was greeted.

    Attributes:
        server: the address to which the proxy had passed it.
        left: when it ended, and `code` why; None while it lasts.
    """

    server: str
    greeted: float
    left: float | None = None
    code: int | None = None


@dataclass
class Screen:
    """What one client has lived through and shown.

    Attributes:
        shown: the ids of what appeared after the first greeting, in order.
        attempts: connections that were begun.
        syncs: how often it had to ask for something that it had missed while it was connected.
    """

    number: int
    visits: list[Visit] = field(default_factory=list)
    shown: list[int] = field(default_factory=list)
    attempts: int = 0
    syncs: int = 0


class Screens:
    """The process, seen from outside."""

    def __init__(self, port: int, cookies: list[str]) -> None:
        self._count = Value("q", 0, lock=False)
        self._shown = Value("q", 0, lock=False)
        self._stop = Value("b", 0, lock=False)
        self._screens: Queue[list[Screen]] = Queue()
        arguments = (port, cookies, self._count, self._shown, self._stop, self._screens)
        self._process = Process(target=_run, args=arguments, daemon=True)
        self._process.start()

    @property
    def greeted(self) -> int:
        """How many are greeted now."""
        return int(self._count.value)

    @property
    def shown(self) -> int:
        """How many notifications have appeared, at all of them together."""
        return int(self._shown.value)

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.is_alive()

    def finish(self) -> list[Screen]:
        """End, and return what each has lived through."""
        self._stop.value = 1
        screens = self._screens.get(timeout=60)
        self._process.join()
        return screens


class _Client:
    """One client."""

    def __init__(self, number: int, url: str, cookie: str, count: Any, shown: Any) -> None:
        self.screen = Screen(number)
        self._url = url
        self._cookie = cookie
        self._count = count
        self._shown = shown
        self._session = Session()
        self._known: set[int] = set()

    async def live(self, first: asyncio.Semaphore) -> None:
        """Connect, and come back, for ever."""
        attempt, retry = 0, None
        while True:
            began = time.monotonic()
            self.screen.attempts += 1
            with suppress(OSError, InvalidHandshake, ConnectionClosed, EOFError):
                retry = await self._connect(first)
            attempt = 0 if time.monotonic() - began > WORKS_AFTER else attempt + 1
            seconds, retry = wait(attempt, random.random(), retry), None
            await asyncio.sleep(seconds)

    async def _connect(self, first: asyncio.Semaphore) -> tuple[float, float] | None:
        async with first:
            socket = await connect(
                self._url,
                additional_headers={"Cookie": self._cookie},
                compression=None,
                open_timeout=PATIENCE,
                close_timeout=1,
                ping_interval=None,
            )
        async with socket:
            return await self._converse(socket)

    async def _converse(self, socket: ClientConnection) -> tuple[float, float] | None:
        """Live through one connection; return when it asked to come back."""
        session, visit = self._session, None
        bye: Frame = {}
        session.give_up()
        await socket.send(json.dumps(session.hello()))
        try:
            while True:
                async with asyncio.timeout(None if visit else PATIENCE):
                    frame: Frame = json.loads(await socket.recv())
                bye = frame.get("bye", bye)
                if "ping" in frame:
                    visit = Visit(_server(socket), time.monotonic())
                    self.screen.visits.append(visit)
                    self._count.value += 1
                await self._take(frame, socket)
        except ConnectionClosed:
            return bye.get("retry")
        finally:
            if visit is not None:
                self._count.value -= 1
                visit.left, visit.code = time.monotonic(), bye.get("code", socket.close_code)

    async def _take(self, frame: Frame, socket: ClientConnection) -> None:
        begins = self._session.store.rev is None
        reaction = self._session.receive(frame)
        self._session.frames.clear()
        for reply in reaction.replies:
            self.screen.syncs += "sync" in reply
            await socket.send(json.dumps(reply))
        if reaction.outcome == "applied":
            items = sorted(frame.get("put", ()), key=lambda item: int(item["seq"]))
            fresh = [item["id"] for item in items if item["id"] not in self._known]
            self._known.update(fresh)
            if not begins:
                self.screen.shown += fresh
                self._shown.value += len(fresh)


def _server(socket: ClientConnection) -> str:
    assert socket.response is not None
    return socket.response.headers["X-Server"].rpartition(", ")[2]


def _run(port: int, cookies: list[str], count: Any, shown: Any, stop: Any, screens: Any) -> None:
    url = f"ws://127.0.0.1:{port}/ws/notifications/"
    numbered = enumerate(cookies)
    clients = [_Client(number, url, cookie, count, shown) for number, cookie in numbered]
    screens.put(asyncio.run(_live(clients, stop)))


async def _live(clients: list[_Client], stop: Any) -> list[Screen]:
    first = asyncio.Semaphore(AT_ONCE)
    tasks = [asyncio.create_task(client.live(first)) for client in clients]
    while not stop.value:
        await asyncio.sleep(0.1)
        for task in tasks:
            if task.done():
                task.result()  # raises what nobody foresaw
    screens = copy.deepcopy([client.screen for client in clients])  # before they are closed
    for task in tasks:
        task.cancel()
    return screens
