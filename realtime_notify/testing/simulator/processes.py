"""A server process: an event loop with the real admission, conversations, hub and queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from realtime_notify.live import admission, backend
from realtime_notify.testing.simulator.database import Database
from realtime_notify.testing.simulator.dice import Weather
from realtime_notify.testing.simulator.lanes import lanes_of
from realtime_notify.testing.simulator.lines import Line
from realtime_notify.testing.simulator.loops import Loop, Timeline
from realtime_notify.wire import outbound, threads
from realtime_notify.wire.hub import drain_running_hub, running_hub


class Killed(BaseException):
    """The process ends here: nothing that it was about to do happens."""


class Process:
    """One server process.

    Args:
        name: names the scenario and the process, for the dice.
        number: its place. The sends of every other server wait for a reader, as uvicorn's do; those
            of the rest do not, as Daphne's.
        timeline: what happens in all processes.
        database: which all processes share.
        weather: how bad it is now.
        when_gone: called with its number when it has ended.
    """

    def __init__(
        self,
        name: str,
        number: int,
        timeline: Timeline,
        database: Database,
        weather: Weather,
        when_gone: Callable[[int], object],
    ) -> None:
        self.loop = Loop(timeline, self._enter, number)  # type: ignore[abstract]  # needs no more
        self.sends_wait = number % 2 == 1
        """Whether a send waits for a reader that does not read."""
        self.dies_at_commit = False
        """Whether it is killed by its next commit, before it can tell of it."""
        self.loses_push = False
        """Whether the push of its next commit is lost."""
        self.lines: dict[Line, None] = {}
        """The connections to it."""
        self._when_gone = when_gone
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
        self._when_gone(self.loop.number)
        for line in tuple(self.lines):
            line.cut()

    def drain(self) -> None:
        """Send the clients away, and end, as by SIGTERM."""
        self.loop.create_task(self._leave())

    async def _leave(self) -> None:
        await drain_running_hub()
        self.kill()

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
