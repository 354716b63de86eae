"""What lies between the gallery's frames and the server: all is well, all is slow, all is lost."""

from __future__ import annotations

import asyncio

NORMAL, SLOW, LOST = "normal", "slow", "lost"
CONDITIONS = (NORMAL, SLOW, LOST)
DELAY = 2.0  # seconds


class Network:
    """The condition, which holds for every frame of this process."""

    def __init__(self) -> None:
        self.condition = NORMAL
        self._lost: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    def become(self, condition: str) -> None:
        """Change the condition; when the server is lost, so is every open socket."""
        self.condition = condition
        if condition == LOST:
            # Views run in threads, and the sockets in that of their loop.
            for event, loop in list(self._lost.items()):
                loop.call_soon_threadsafe(event.set)

    async def delay(self) -> None:
        """Wait as long as one way takes."""
        if self.condition == SLOW:
            await asyncio.sleep(DELAY)

    def watch(self) -> asyncio.Event:
        """Return an event that is set when the server is lost."""
        event = asyncio.Event()
        self._lost[event] = asyncio.get_running_loop()
        return event

    def leave(self, event: asyncio.Event) -> None:
        """Forget an event."""
        self._lost.pop(event, None)


network = Network()
