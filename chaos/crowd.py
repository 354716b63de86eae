"""All clients, on an event loop of their own."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Coroutine
from typing import Any

from chaos.clients import Client


class Crowd:
    """All clients, on an event loop of their own."""

    def __init__(self) -> None:
        self.clients: list[Client] = []
        self.busy = False
        self._cookies: dict[str, str] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._tasks: list[asyncio.Task[None]] = []
        self._thread.start()

    def open(self, cookies: dict[str, str], ports: list[int], seed: int) -> None:
        """Open two screens for each person; every other person does something there."""
        asyncio.run_coroutine_threadsafe(self._open(cookies, ports, seed), self._loop).result()

    async def _open(self, cookies: dict[str, str], ports: list[int], seed: int) -> None:
        self._cookies = cookies
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

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Have something done on the clients' loop that takes a while."""
        asyncio.run_coroutine_threadsafe(work, self._loop)

    def somebody_else(self, client: Client, which: int) -> str:
        """Return another person: one who does as much, or as little, as who is at a screen."""
        people = sorted(self._cookies)
        others = len(people) // 2 - 1  # every other person does something
        return people[(people.index(client.person) + 2 * (1 + which % others)) % len(people)]

    def sign_in(self, client: Client, person: str) -> None:
        """Have a person come back at a screen where somebody may be signed in."""
        self.call(client.become, person, self._cookies[person])

    def look(self) -> list[dict[str, Any]]:
        """Return what every screen shows at this moment."""

        async def look() -> list[dict[str, Any]]:
            return [client.snapshot() for client in self.clients]

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
