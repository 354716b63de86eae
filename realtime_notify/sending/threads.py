"""The threads of a worker that send: one for each medium, for as long as the worker runs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, close_old_connections, connections
from django.utils import timezone

from realtime_notify.outbox import backends
from realtime_notify.sending.counts import Sent, counted
from realtime_notify.sending.leases import Wanted, next_due
from realtime_notify.sending.marks import Mark
from realtime_notify.sending.senders import Sender
from realtime_notify.wire.waits import watched

logger = logging.getLogger(__name__)

Say = Callable[[str, Sent], object]
"""Is told, every few seconds, what a medium has sent since it was last told."""

# Seconds.
SHORTEST_PAUSE = 0.05
MAX_PAUSE = 30.0
REPORT_EVERY = 5.0
IDLE = 30.0
"""After so long without a message, the backend is closed."""


class SendingThreads:
    """Sends whatever becomes due, each medium in a thread of its own, until stopped.

    Args:
        stop: set to stop them, each after the message in hand.
        interval: how often to look for messages, in seconds; whatever is known to become due
            earlier leaves in time.
        say: is told what was sent.
    """

    def __init__(self, stop: threading.Event, interval: float, say: Say) -> None:
        self._threads = [
            _Thread(name, stop=stop, interval=interval, say=say) for name in backends()
        ]

    def start(self) -> None:
        """Start a thread for each medium of the setting ``MEDIA``."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until all have finished the message in hand."""
        for thread in self._threads:
            thread.join()


class _Thread(threading.Thread):
    def __init__(
        self,
        medium: str,
        *,
        stop: threading.Event,
        interval: float,
        say: Say,
    ) -> None:
        super().__init__(name=f"rn-sending-{medium}")
        self._sender = Sender(backends()[medium], self._count)
        self._wanted = Wanted(medium)
        self._what = f"Sending by {medium}"
        self._stop_event = stop
        self._interval = interval
        self._say = say
        self._unsaid = Sent()
        self._said_at = time.monotonic()
        self._sent_at = time.monotonic()

    def run(self) -> None:
        """Send and pause in turn."""
        pause = self._interval
        while not self._stop_event.is_set():
            try:
                with watched(self._what, self._stop_event.is_set) as should_stop:
                    close_old_connections()
                    self._sender.send_due(self._wanted, should_stop)
                    pause = self._pause()
            except (OperationalError, InterfaceError) as error:
                pause = min(pause * 2, max(MAX_PAUSE, self._interval))
                logger.warning(
                    "%s waits %g s for the database: %s",
                    self._what,
                    pause,
                    error,
                )
                connections.close_all()
            except Exception:
                pause = min(pause * 2, max(MAX_PAUSE, self._interval))
                logger.exception("%s failed; it goes on.", self._what)
            self._say_now()
            if time.monotonic() - self._sent_at > IDLE:
                self._sender.close()
            self._stop_event.wait(pause)
        self._sender.close()
        connections.close_all()

    def _pause(self) -> float:
        """Return how long to wait: until the next message is due, if that is known."""
        due_at = None if self._sender.rests() else next_due(self._wanted.medium)
        if due_at is None:
            return self._interval
        wait = (due_at - timezone.now()).total_seconds()
        return min(self._interval, max(SHORTEST_PAUSE, wait))

    def _count(self, mark: Mark) -> None:
        self._sent_at = time.monotonic()
        self._unsaid += counted(mark)
        if self._sent_at - self._said_at >= REPORT_EVERY:
            self._say_now()

    def _say_now(self) -> None:
        self._said_at = time.monotonic()
        if self._unsaid:
            unsaid, self._unsaid = self._unsaid, Sent()
            self._say(self._wanted.medium, unsaid)
