"""Event loops on virtual time: one for each simulated process, and one clock for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from heapq import heappop, heappush
from typing import Any


class Timeline:
    """What is to happen, in its order. Time passes only from one happening to the next."""

    def __init__(self) -> None:
        self.now = 0.0
        """Virtual seconds since the beginning."""
        self._agenda: list[tuple[float, int, asyncio.Handle, Loop]] = []
        self._count = 0

    def time(self) -> float:
        """Return the virtual time."""
        return self.now

    def add(self, when: float, handle: asyncio.Handle, loop: Loop) -> None:
        """Let something happen at a moment, after everything that was added for it before."""
        self._count += 1
        heappush(self._agenda, (when, self._count, handle, loop))

    def run_until(self, moment: float) -> None:
        """Let everything happen that is to happen up to a moment."""
        agenda = self._agenda
        running: Loop | None = None
        try:
            while agenda and agenda[0][0] <= moment:
                when, _, handle, loop = heappop(agenda)
                if handle.cancelled():
                    continue
                if loop.stopped:
                    loop.left_undone.append(handle)
                    continue
                if when > self.now:
                    self.now = when
                if loop is not running:
                    running = loop
                    loop.enter()
                    asyncio._set_running_loop(loop)
                handle._run()
        finally:
            asyncio._set_running_loop(None)
        self.now = max(self.now, moment)


class Loop(asyncio.AbstractEventLoop):
    """The event loop of one simulated process. It has no sockets, threads or signals.

    Args:
        timeline: what its callbacks are written into.
        enter: called before each of them; makes the process the one that runs.
        number: of the process; -1 for a client.
    """

    def __init__(
        self, timeline: Timeline, enter: Callable[[], None] = lambda: None, number: int = -1
    ) -> None:
        self.number = number
        """Of the process; -1 for a client."""
        self.enter = enter
        """Makes this process the one that runs."""
        self.stopped = False
        """Whether the process was killed: nothing happens in it any more."""
        self.failures: list[dict[str, Any]] = []
        """What the loop was told of exceptions that nobody handled."""
        self.left_undone: list[asyncio.Handle] = []
        """What was to happen when the process was killed."""
        self._timeline = timeline
        self._tasks: set[asyncio.Task[Any]] = set()

    def time(self) -> float:
        """Return the virtual time."""
        return self._timeline.now

    def call_soon(  # type: ignore[override]  # asyncio's stubs bind the arguments
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Call back at this moment, after everything that is to happen at it."""
        handle = asyncio.Handle(callback, args, self, context)
        self._timeline.add(self._timeline.now, handle, self)
        return handle

    call_soon_threadsafe = call_soon  # type: ignore[assignment]  # there is one thread

    def call_later(  # type: ignore[override]
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call back after some virtual seconds."""
        return self.call_at(self._timeline.now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call back at a moment of virtual time."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._timeline.add(max(when, self._timeline.now), handle, self)
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        """Return a future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]
        self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Any = None
    ) -> asyncio.Task[Any]:
        """Run a coroutine."""
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def end(self) -> None:
        """Cancel what still runs, also in a process that was killed: Python wants it ended."""
        self.stopped = False
        for handle in self.left_undone:
            self._timeline.add(self._timeline.now, handle, self)
        self.left_undone.clear()
        for task in tuple(self._tasks):
            task.cancel()

    def stop(self) -> None:
        """Let nothing happen in this process any more, as SIGKILL does."""
        self.stopped = True

    def is_running(self) -> bool:
        """Return whether the process lives."""
        return not self.stopped

    def is_closed(self) -> bool:
        """Return whether the process was killed."""
        return self.stopped

    def get_debug(self) -> bool:
        """Return False: asyncio's debug mode looks at the machine's clock."""
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep what nobody handled: a run in which there is any has failed.

        A process that was killed has nobody who would be told.
        """
        if not self.stopped:
            self.failures.append(context)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Do nothing: a cancelled timer is passed over when its moment comes."""
