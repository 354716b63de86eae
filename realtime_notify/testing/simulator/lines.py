"""Lines: what a client and a server process say to each other, on its way."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Protocol

from realtime_notify.testing.simulator.dice import Dice, Weather
from realtime_notify.testing.simulator.loops import Loop
from realtime_notify.wire.protocol import SUBPROTOCOL

LATENCY = 0.02  # seconds that a frame is on its way, at most, when nothing is wrong
BUFFER = 4  # frames that a server can send to a client that reads nothing, before it waits
ACCIDENT = 1006  # the close code of a connection that broke


class Reader(Protocol):
    """The client's end of a line."""

    loop: Loop
    is_frozen: bool

    def on_frame(self, line: Line, text: str) -> None:
        """Take a frame of the server."""
        ...

    def on_closed(self, line: Line, code: int) -> None:
        """Learn that the line is closed."""
        ...


class Server(Protocol):
    """The server's end of a line."""

    loop: Loop
    lines: dict[Line, None]
    sends_wait: bool


class Line:
    """A connection between a client and a process. Frames keep their order, as in TCP.

    Args:
        session: the session of its cookie; None without one.
        expires: when what vouches for the client expires, by the wall clock; None for never.
        client: one end.
        process: the other.
        dice: how long frames are on their way.
        weather: how bad it is now.
    """

    def __init__(
        self,
        session: str | None,
        expires: float | None,
        client: Reader,
        process: Server,
        dice: Dice,
        weather: Weather,
    ) -> None:
        self.scope: dict[str, Any] = {
            "type": "websocket",
            "subprotocols": [SUBPROTOCOL],
            "session": session,
            "expires": expires,
        }
        """The ASGI scope, which says whose client it is."""
        self.is_open = True
        """Whether neither end has closed it, and it has not broken."""
        self.is_dead = False
        """Whether nothing arrives any more, and neither end is told."""
        self._client = client
        self._process = process
        self._dice = dice
        self._weather = weather
        self._inbound: deque[dict[str, Any]] = deque([{"type": "websocket.connect"}])
        self._waiting: asyncio.Future[None] | None = None
        self._unread = 0  # frames that a frozen client was sent
        self._room: asyncio.Future[None] | None = None
        self._arrives_down = self._arrives_up = 0.0

    # --- the client's end ---

    def write(self, text: str) -> None:
        """Send a frame to the server."""
        self._arrives_up = max(self._arrives_up, self._arrival())
        message = {"type": "websocket.receive", "text": text}
        self._process.loop.call_at(self._arrives_up, self._arrive_up, message)

    def close(self) -> None:
        """Close the connection from the client's end; it hears no more of it."""
        self._end_up(1000)
        self.is_open = False

    def read_on(self) -> None:
        """Let the server send again: the client reads what has gathered."""
        self._unread = 0
        if self._room is not None and not self._room.done():
            self._room.set_result(None)

    # --- the server's end, as ASGI has it ---

    async def receive(self) -> dict[str, Any]:
        """Return the next message of the client."""
        while not self._inbound:
            self._waiting = self._process.loop.create_future()
            await self._waiting
        return self._inbound.popleft()

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message to the client."""
        self._unread += self._client.is_frozen
        while self._process.sends_wait and self._unread > BUFFER and self.is_open:
            self._room = self._process.loop.create_future()
            await self._room
        if not self.is_open:
            raise OSError("The client has gone.")
        self._arrives_down = max(self._arrives_down, self._arrival())
        loop = self._client.loop
        if message["type"] == "websocket.send":
            loop.call_at(self._arrives_down, self._arrive_down, message["text"])
        elif message["type"] == "websocket.close":
            loop.call_at(self._arrives_down, self._close_down, message["code"])

    # --- the way between ---

    def cut(self) -> None:
        """Break, so that both ends see it. What is on its way is lost."""
        if self.is_open:
            self.is_open = False
            self._end_up(ACCIDENT)
            self._client.loop.call_later(0.01, self._client.on_closed, self, ACCIDENT)

    def _arrival(self) -> float:
        delay = self._dice.up_to(LATENCY + self._weather.line_delay)
        return self._process.loop.time() + delay

    def _arrive_up(self, message: dict[str, Any]) -> None:
        if self.is_open and not self.is_dead:
            self._put(message)

    def _arrive_down(self, text: str) -> None:
        if self.is_open and not self.is_dead:
            self._client.on_frame(self, text)

    def _close_down(self, code: int) -> None:
        if self.is_open and not self.is_dead:
            self.is_open = False
            self._end_up(code)
            self._client.on_closed(self, code)

    def _end_up(self, code: int) -> None:
        """Tell the server that the connection is closed."""
        self.read_on()
        if self in self._process.lines:
            del self._process.lines[self]
            if not self.is_dead:
                message = {"type": "websocket.disconnect", "code": code}
                self._process.loop.call_later(0.01, self._put, message)

    def _put(self, message: dict[str, Any]) -> None:
        self._inbound.append(message)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
