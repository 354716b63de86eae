"""`manage.py notify_worker`: do the work that is due, until stopped."""

from __future__ import annotations

import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections, connections

from realtime_notify.conf import settings
from realtime_notify.delivery import schedule
from realtime_notify.management.stopping import stopped_by_signals
from realtime_notify.wire import push

# Seconds.
DEFAULT_INTERVAL = 2.0
MAX_PAUSE = 30.0
FLUSH_TIMEOUT = 5.0


class Command(BaseCommand):
    """Sweep for due work at an interval; any number of workers may run."""

    help = (
        "Delivers notifications that are due: to large audiences, at a planned time, or after a "
        "crash. Runs until SIGTERM or Ctrl-C, then finishes the current chunk and exits."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare when to sweep and when to exit."""
        parser.add_argument("--once", action="store_true", help="do what is due now, then exit")
        parser.add_argument(
            "--interval",
            type=float,
            metavar="SECONDS",
            help="pause between two sweeps (default: the setting SWEEP_INTERVAL)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep and pause in turn, until a signal stops it."""
        interval = options["interval"]
        if interval is None:
            interval = settings.SWEEP_INTERVAL or DEFAULT_INTERVAL
        if interval <= 0:
            raise CommandError(f"--interval must be greater than 0 seconds, not {interval:g}.")
        with stopped_by_signals() as stop:
            if options["once"]:
                self._sweep_all(stop)
            else:
                self._say(f"Worker started; sweeping every {interval:g} s.")
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
                # Whatever is due is stored in rows, and waits until the database is back.
                pause = min(pause * 2, max(MAX_PAUSE, interval))
                self._say(f"Database error; retrying in {pause:g} s: {error}".strip())
                connections.close_all()
            stop.wait(pause)

    def _sweep_all(self, stop: threading.Event) -> None:
        """Sweep until nothing is due."""
        while not stop.is_set():
            # Django does this before each request; here, before each sweep.
            close_old_connections()
            done = schedule.run_due(should_stop=stop.is_set)
            if not done:
                return
            self._say(f"Delivered {done} event{'s' if done != 1 else ''}.")

    def _say(self, line: str) -> None:
        self.stdout.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}")
        self.stdout.flush()
