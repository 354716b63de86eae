"""A server process: an event loop with the real admission, conversations, hub and queue."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from unittest.mock import patch

from channels.layers import channel_layers

from realtime_notify import budgets, clock
from realtime_notify.live import admission, backend
from realtime_notify.testing.simulator.database import Database
from realtime_notify.testing.simulator.dice import Dice, Weather
from realtime_notify.testing.simulator.lanes import lanes_of
from realtime_notify.testing.simulator.layer import LossyLayer
from realtime_notify.testing.simulator.loops import Loop, Timeline
from realtime_notify.wire import hub, outbound, threads
from realtime_notify.wire.hub import running_hub
from realtime_notify.wire.protocol import SUBPROTOCOL

LATENCY = 0.02  # seconds that a frame is on its way, at most, when nothing is wrong
ACCIDENT = 1006  # the close code of a connection that broke


class Reader(Protocol):
    """The client's end of a line."""

    loop: Loop

    def on_frame(self, line: Line, text: str) -> None:
        """Take a frame of the server."""
        ...

    def on_closed(self, line: Line, code: int) -> None:
        """Learn that the line is closed."""
        ...


class Killed(BaseException):
    """The process ends here: nothing that it was about to do happens."""


class Process:
    """One server process.

    Args:
        name: names the scenario and the process, for the dice.
        timeline: what happens in all processes.
        database: which all processes share.
        weather: how bad it is now.
    """

    def __init__(self, name: str, timeline: Timeline, database: Database, weather: Weather) -> None:
        self.loop = Loop(timeline, self._enter)  # type: ignore[abstract]  # it needs no more
        self.dies_at_commit = False
        """Whether it is killed by its next commit, before it can tell of it."""
        self.loses_push = False
        """Whether the push of its next commit is lost."""
        self.lines: dict[Line, None] = {}
        """The connections to it."""
        self._queue = _Queue(self.loop)
        self._lanes: Any = lanes_of(name, weather)
        self._database = database
        self.loop.call_soon(running_hub, backend.backend)

    def serve(self, line: Line) -> None:
        """Begin a conversation."""
        self.lines[line] = None
        self.loop.create_task(admission.notifications(line.scope, line.receive, line.send))

    def kill(self) -> None:
        """End at once, as by SIGKILL. Clients see their connections break."""
        self.loop.stop()
        for line in tuple(self.lines):
            line.cut()

    def _enter(self) -> None:
        """Make the module's globals those of this process."""
        if outbound.queue is not self._queue:
            outbound.queue = self._queue
            threads.lanes = self._present_lanes  # type: ignore[assignment]
            self._database.before_push = self._lives_to_push

    def _present_lanes(self) -> Any:
        return self._lanes

    def _lives_to_push(self) -> bool:
        if self.dies_at_commit:
            self.dies_at_commit = False
            self.kill()
            raise Killed
        lost, self.loses_push = self.loses_push, False
        return not lost


class _Queue(outbound.OutboundQueue):
    """The outbound queue of a process that has no threads: it always leaves through its loop.

    In a thread it would leave when the machine likes, and perhaps into the next run.

    Args:
        loop: the loop of the process.
    """

    def __init__(self, loop: Loop) -> None:
        super().__init__()
        self._only_loop = loop

    def _loop(self) -> Loop:
        return self._only_loop


class Line:
    """A connection between a client and a process. Frames keep their order, as in TCP.

    Args:
        user: who is signed in.
        client: one end.
        process: the other.
        dice: how long frames are on their way.
        weather: how bad it is now.
    """

    def __init__(
        self, user: str, client: Reader, process: Process, dice: Dice, weather: Weather
    ) -> None:
        self.scope: dict[str, Any] = {
            "type": "websocket",
            "subprotocols": [SUBPROTOCOL],
            "simulated": user,
        }
        """The ASGI scope, which says whose client it is."""
        self.is_dead = False
        """Whether nothing arrives any more, and neither end is told."""
        self._client = client
        self._process = process
        self._dice = dice
        self._weather = weather
        self._is_open = True
        self._inbound: deque[dict[str, Any]] = deque([{"type": "websocket.connect"}])
        self._waiting: asyncio.Future[None] | None = None
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
        self._is_open = False

    # --- the server's end, as ASGI has it ---

    async def receive(self) -> dict[str, Any]:
        """Return the next message of the client."""
        while not self._inbound:
            self._waiting = self._process.loop.create_future()
            await self._waiting
        return self._inbound.popleft()

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message to the client."""
        if not self._is_open:
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
        if self._is_open:
            self._is_open = False
            self._end_up(ACCIDENT)
            self._client.loop.call_later(0.01, self._client.on_closed, self, ACCIDENT)

    def _arrival(self) -> float:
        delay = self._dice.up_to(LATENCY + self._weather.line_delay)
        return self._process.loop.time() + delay

    def _arrive_up(self, message: dict[str, Any]) -> None:
        if self._is_open and not self.is_dead:
            self._put(message)

    def _arrive_down(self, text: str) -> None:
        if self._is_open and not self.is_dead:
            self._client.on_frame(self, text)

    def _close_down(self, code: int) -> None:
        if self._is_open and not self.is_dead:
            self._is_open = False
            self._end_up(code)
            self._client.on_closed(self, code)

    def _end_up(self, code: int) -> None:
        """Tell the server that the connection is closed."""
        if self in self._process.lines:
            del self._process.lines[self]
            if not self.is_dead:
                message = {"type": "websocket.disconnect", "code": code}
                self._process.loop.call_later(0.01, self._put, message)

    def _put(self, message: dict[str, Any]) -> None:
        self._inbound.append(message)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class _NoSignals:
    """Instead of `GracefulShutdown`: no signal reaches a simulated process."""

    def __init__(self, drain: object) -> None:
        pass

    def install(self) -> None:
        """Do nothing."""

    def remove(self) -> None:
        """Do nothing."""


@contextmanager
def simulated(timeline: Timeline, database: Database, layer: LossyLayer) -> Iterator[None]:
    """Put the simulated clock, database, layer and threads in the place of the real ones.

    It is all that a simulation replaces.
    """
    queue, before = outbound.queue, channel_layers.backends.get("default")
    budgets.forget()
    channel_layers.set("default", layer)
    try:
        with (
            clock.replaced(timeline.time),
            patch.multiple(
                backend,
                backend=database.backend,
                identify=database.identify,
                greetings=database.greetings,
                answer=database.answer,
            ),
            patch.object(threads, "lanes", threads.lanes),
            patch.object(hub, "GracefulShutdown", _NoSignals),
        ):
            yield
    finally:
        outbound.queue = queue
        budgets.forget()
        if before is None:
            channel_layers.backends.pop("default", None)
        else:
            channel_layers.set("default", before)
