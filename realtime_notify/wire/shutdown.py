"""Graceful shutdown: browsers are asked to reconnect elsewhere before the server closes.

Daphne knows no lifespan events (https://github.com/django/daphne/issues/264) and cancels its
applications at shutdown: `Server.kill_all_applications` of Daphne 4.2. Browsers would see the line
go dead. Every server gets a signal, though. Here it first drains the hub, and then reaches the
server's own handler.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class GracefulShutdown:
    """Drains on this loop when the process is asked to stop, before its server stops.

    A second signal is passed on at once: who sends it does not want to wait.

    Args:
        drain: closes all connections and waits until they are closed.
    """

    def __init__(self, drain: Callable[[], Awaitable[None]]) -> None:
        self._drain = drain
        self._loop = asyncio.get_running_loop()
        self._previous: dict[int, signal._HANDLER] = {}
        self._draining: set[int] = set()

    def install(self) -> None:
        """Step in front of the server's handlers. Only the main thread can."""
        if threading.current_thread() is not threading.main_thread():
            return
        for signum in SIGNALS:
            previous = signal.getsignal(signum)
            # Ignored, or handled outside Python: not ours to change.
            if previous is not None and previous is not signal.SIG_IGN:
                self._previous[signum] = previous
                signal.signal(signum, self._handle)

    def remove(self) -> None:
        """Restore the server's handlers, unless another was put in front of ours since."""
        for signum in tuple(self._previous):
            if signal.getsignal(signum) == self._handle:
                self._restore(signum)

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        if signum in self._draining or self._loop.is_closed() or not self._loop.is_running():
            self._pass_on(signum)
        else:
            self._draining.add(signum)
            asyncio.run_coroutine_threadsafe(self._drain_and_pass_on(signum), self._loop)

    async def _drain_and_pass_on(self, signum: int) -> None:
        try:
            await self._drain()
        finally:
            if signum in self._previous:
                self._pass_on(signum)

    def _pass_on(self, signum: int) -> None:
        self._restore(signum)
        signal.raise_signal(signum)

    def _restore(self, signum: int) -> None:
        previous = self._previous.pop(signum, None)
        if previous is not None:
            signal.signal(signum, previous)
