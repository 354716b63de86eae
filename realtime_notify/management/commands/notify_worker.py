"""`manage.py notify_worker`: deliver what was promised and not delivered at once."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections, connections

from realtime_notify.conf import settings
from realtime_notify.delivery import schedule
from realtime_notify.wire import push

DEFAULT_INTERVAL = 2.0
LONGEST_PAUSE = 30.0
FLUSH_TIMEOUT = 5.0


class Command(BaseCommand):
    """Look for due events again and again; several workers may run side by side."""

    help = (
        "Delivers due notifications: large audiences, planned ones, and whatever a crash left "
        "behind. Runs until SIGTERM or Ctrl-C, and then finishes what it has begun."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare how often to look, and whether to stay."""
        parser.add_argument("--once", action="store_true", help="deliver what is due now, then end")
        parser.add_argument(
            "--interval",
            type=float,
            metavar="SECONDS",
            help="how long to sleep when nothing is due (default: SWEEP_INTERVAL)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep, sleep, and sweep again until asked to stop."""
        interval = options["interval"]
        if interval is None:
            interval = settings.SWEEP_INTERVAL or DEFAULT_INTERVAL
        if interval <= 0:
            raise CommandError(f"--interval must be more than 0 seconds, not {interval:g}.")
        stop = threading.Event()
        with _stopped_by_signals(stop):
            if options["once"]:
                self._sweep_all(stop)
            else:
                self._say(f"Worker started; looks every {interval:g} s.")
                self._run(stop, interval)
                self._say("Worker stopped.")
        push.flush(FLUSH_TIMEOUT)

    def _run(self, stop: threading.Event, interval: float) -> None:
        pause = interval
        while not stop.is_set():
            try:
                self._sweep_all(stop)
                pause = interval
            except (OperationalError, InterfaceError) as error:
                # The promises are rows: they wait until the database is back.
                pause = min(pause * 2, max(LONGEST_PAUSE, interval))
                self._say(f"The database failed, trying again in {pause:g} s: {error}".strip())
                connections.close_all()
            stop.wait(pause)

    def _sweep_all(self, stop: threading.Event) -> None:
        """Sweep until nothing more is due."""
        while not stop.is_set():
            # As at the start of a web request: a connection the database has cut is let go.
            close_old_connections()
            kept = schedule.run_due(should_stop=stop.is_set)
            if not kept:
                return
            self._say(f"Delivered {kept} event{'s' if kept != 1 else ''}.")

    def _say(self, line: str) -> None:
        self.stdout.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}")
        self.stdout.flush()


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Set `stop` on SIGTERM and SIGINT, instead of dying in the middle of a chunk."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python lets only the main thread handle signals.
        return
    signals = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(one, lambda *_: stop.set()) for one in signals]
    try:
        yield
    finally:
        for one, handler in zip(signals, before, strict=True):
            signal.signal(one, handler)
