"""A lane: the threads of one kind of work, and a deadline for every call in them.

A call that outlives its deadline is given up: whoever asked gets `DatabaseSilent`, the connections
of its thread are cut, and another thread takes its place. So a database that never answers costs
its own askers some seconds, and nobody else anything.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from time import monotonic, sleep
from typing import Any, TypeVar

from django.db import close_old_connections, connections

from realtime_notify.wire.counters import counters
from realtime_notify.wire.waits import Wait

logger = logging.getLogger(__name__)

R = TypeVar("R")

MOST_GIVEN_UP = 8
"""Threads of a lane that may be given up within `MEMORY`, before the lane refuses work at once."""
MEMORY = 60.0
"""Seconds for which a thread that was given up, and has not returned, counts."""


class DatabaseSilent(TimeoutError):
    """The database did not answer in time. It may still carry out what it was asked for."""


class Lane:
    """A few threads for one kind of work. They do not keep the process from ending.

    Args:
        name: what the lane and its threads are called.
        size: how many calls run at the same time.
        deadline: the seconds for which a call may wait for its turn, and for which it may then
            run; the latter begin anew whenever it says that it is `still_working()`.
    """

    def __init__(self, name: str, size: int, deadline: float) -> None:
        self.name = name
        self.size = size
        self.deadline = deadline
        self._changed = threading.Condition()  # guards everything below
        self._queue: deque[_Call] = deque()
        self._running: set[_Call] = set()
        self._given_up: dict[_Call, float] = {}
        self._threads = 0  # without those that were given up
        self._idle = 0
        self._refuses = False

    async def run(self, call: Callable[[], R], name: str) -> R:
        """Run a call in a thread, and close database connections as a request does.

        It does not begin if whoever asked is cancelled before its turn.

        Args:
            call: the function.
            name: what it is called in the log.

        Raises:
            DatabaseSilent: it did not end in time, or too many calls before it did not.
        """
        asked = _Call(call, name, self.deadline)
        self._put(asked)
        self._watch(asked, asyncio.get_running_loop())
        try:
            return await asyncio.wrap_future(asked.outcome)
        finally:
            asked.outcome.cancel()  # without effect on a call that has begun, which stays watched
            if asked.outcome.done():
                asked.watch.cancel()

    def finish(self, timeout: float) -> None:
        """Wait for the calls that run now, but not for those that were given up.

        Args:
            timeout: for so many seconds at most.
        """
        until = monotonic() + timeout
        while self._running and monotonic() < until:
            sleep(0.01)

    def _put(self, call: _Call) -> None:
        with self._changed:
            self._refuse_when_silent(call)
            self._queue.append(call)
            if self._idle >= len(self._queue):
                self._changed.notify()
            else:
                self._add_thread()

    def _refuse_when_silent(self, call: _Call) -> None:
        """Raise `DatabaseSilent` while too many threads wait for an answer that does not come."""
        since = monotonic() - MEMORY
        silent = sum(at > since for at in self._given_up.values())
        refused, self._refuses = self._refuses, silent >= MOST_GIVEN_UP
        if self._refuses != refused:
            logger.error(
                "Lane %r %s: %d of its calls were given up in the last %g s and have not returned.",
                self.name,
                "refuses work" if self._refuses else "takes work again",
                silent,
                MEMORY,
            )
        if self._refuses:
            raise DatabaseSilent(
                f"The database is silent: {silent} calls of lane {self.name!r} still wait for it, "
                f"so {call.name} was not begun."
            )

    def _add_thread(self) -> None:
        if self._threads < self.size:
            self._threads += 1
            name = f"realtime-notify-{self.name}"
            # A daemon: one that hangs must not keep the process from ending.
            threading.Thread(target=self._work, name=name, daemon=True).start()

    # --- in the threads ---

    def _work(self) -> None:
        while True:
            call = self._take()
            call.run()
            if not self._end(call):
                break
            del call  # it must not live until the next one
        connections.close_all()

    def _take(self) -> _Call:
        """Wait for a call whose asker still wants it."""
        with self._changed:
            while True:
                while not self._queue:
                    self._idle += 1
                    self._changed.wait()
                    self._idle -= 1
                call = self._queue.popleft()
                if call.outcome.set_running_or_notify_cancel():
                    self._running.add(call)
                    return call

    def _end(self, call: _Call) -> bool:
        """Hand over what a call returned; return whether its thread still belongs to the lane."""
        with self._changed:
            since = self._given_up.pop(call, None)
            self._running.discard(call)
        if since is None:
            call.hand_over()
            return True
        logger.info("%s returned %.1f s after it was given up.", call.name, monotonic() - since)
        return False

    # --- deadlines ---

    def _watch(self, call: _Call, loop: asyncio.AbstractEventLoop) -> None:
        """Look at a call at its deadline: it may have said that it is still working."""
        left = call.wait.silent_at - monotonic()
        if left > 0:
            call.watch = loop.call_later(left, self._watch, call, loop)
        else:
            self._give_up(call)

    def _give_up(self, call: _Call) -> None:
        with self._changed:
            begun = call in self._running
            if begun:
                self._running.discard(call)
                self._given_up[call] = monotonic()
                self._threads -= 1
                if len(self._queue) > self._idle:
                    self._add_thread()
            elif call in self._queue:
                self._queue.remove(call)
            else:
                return  # it has ended this moment
        if begun:
            counters.deadlines[self.name] += 1
            call.wait.cut()
            problem = f"The database did not answer {call.name} within {self.deadline:g} s"
            logger.error("%s. Its thread is given up and replaced.", problem)
        else:
            problem = f"All threads of lane {self.name!r} were busy for {self.deadline:g} s"
            logger.warning("%s; %s was not begun.", problem, call.name)
        call.outcome.set_exception(DatabaseSilent(f"{problem}."))


class _Call:
    """A call that was asked for, and what became of it."""

    __slots__ = ("_call", "_error", "_result", "name", "outcome", "wait", "watch")

    def __init__(self, call: Callable[[], Any], name: str, deadline: float) -> None:
        self.name = name
        self.outcome: Future[Any] = Future()
        self.wait = Wait(deadline)
        self.watch: asyncio.TimerHandle
        self._call = call
        self._result: Any = None
        self._error: BaseException | None = None

    def run(self) -> None:
        """Carry the call out, in the thread it got."""
        try:
            with self.wait.of_this_thread():
                close_old_connections()
                try:
                    self._result = self._call()
                finally:
                    close_old_connections()
        except BaseException as error:
            self._error = error

    def hand_over(self) -> None:
        """Give whoever asked what the call returned or raised."""
        if self._error is not None:
            self.outcome.set_exception(self._error)
        else:
            self.outcome.set_result(self._result)
