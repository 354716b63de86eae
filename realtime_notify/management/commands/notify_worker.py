"""`manage.py notify_worker`: do the work that is due, until stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections, connections

from realtime_notify import delivery, work
from realtime_notify.conf import settings
from realtime_notify.delivery.progress import running_events
from realtime_notify.management.stopping import stopped_by_signals
from realtime_notify.retention import Pruner
from realtime_notify.sending import SendingThreads, Sent
from realtime_notify.wire import push
from realtime_notify.wire.waits import Stop, watched
from realtime_notify.work import Work

# Seconds.
DEFAULT_INTERVAL = 2.0
MAX_PAUSE = 30.0
FLUSH_TIMEOUT = 5.0
REPORT_INTERVAL = 5.0

MAX_REPORTED = 10  # events


class Command(BaseCommand):
    """Sweep for due work at an interval; any number of workers may run."""

    help = (
        "Delivers notifications that are due: to large audiences, at a planned time, or after a "
        "crash. Sends what is due by e-mail and the other media of the setting MEDIA. Runs until "
        "SIGTERM or Ctrl-C, then finishes the current chunk and the messages in hand, and exits."
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
                with watched("The sweep", stop.is_set) as should_stop:
                    self._sweep_all(should_stop)
            else:
                self._say(f"Worker started; sweeping every {interval:g} s.")
                self._run(stop, interval)
                self._say("Worker stopped.")
        push.flush(FLUSH_TIMEOUT)

    def _run(self, stop: threading.Event, interval: float) -> None:
        senders = SendingThreads(stop, interval, self._say_sent)
        senders.start()
        try:
            self._sweep(stop, interval)
        finally:
            stop.set()
            senders.join()

    def _sweep(self, stop: threading.Event, interval: float) -> None:
        """Do everything but sending: no mail server keeps it waiting."""
        pause, pruner = interval, Pruner()
        while not stop.is_set():
            try:
                with watched("The sweep", stop.is_set) as should_stop:
                    self._sweep_all(should_stop, send=False)
                    while pruner.prune_due(should_stop):
                        self._sweep_all(should_stop, send=False)
                pause = interval
            except (OperationalError, InterfaceError) as error:
                # Whatever is due is stored in rows, and waits until the database is back.
                pause = min(pause * 2, max(MAX_PAUSE, interval))
                self._say(f"Database error; retrying in {pause:g} s: {error}".strip())
                connections.close_all()
            stop.wait(pause)

    def _sweep_all(self, should_stop: Stop, *, send: bool = True) -> None:
        """Do what is due until nothing is left."""
        # Django does this before each request; here, before each round.
        close_old_connections()
        reports = Reports()
        for done in work.rounds(should_stop, send=send):
            if done:
                self._say(_sentence(done))
            for line in reports.due_now():
                self._say(line)
            close_old_connections()

    def _say_sent(self, medium: str, sent: Sent) -> None:
        self._say(f"By {medium}: {sent}.")

    def _say(self, line: str) -> None:
        self.stdout.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}")
        self.stdout.flush()


class Reports:
    """The progress of running events, every few seconds."""

    def __init__(self) -> None:
        self._next = time.monotonic() + REPORT_INTERVAL
        self._totals: dict[int, int | None] = {}

    def due_now(self) -> Iterator[str]:
        """Yield a line for each event that is being delivered, by this worker or another."""
        if time.monotonic() < self._next:
            return
        # Neither the audience nor its size is read again: both may be large.
        for event in running_events().defer("audience")[:MAX_REPORTED]:
            progress = delivery.progress(event, self._totals.get(event.pk))
            self._totals[event.pk] = progress.total
            yield f"{event.type_id} {event.pk}: {progress}"
        self._next = time.monotonic() + REPORT_INTERVAL


def _sentence(done: Work) -> str:
    """Say what a round did: "Delivered 3 events, woke 1 notification."."""
    parts = [
        f"{verb} {count:,} {noun}{'s' if count != 1 else ''}"
        for verb, count, noun in (
            ("delivered", done.delivered, "event"),
            ("woke", done.woken, "notification"),
            ("removed", done.removed, "event"),
            ("edited", done.edited, "event"),
            ("sent", done.sent, "message"),
        )
        if count
    ]
    sentence = ", ".join(parts)
    return f"{sentence[:1].upper()}{sentence[1:]}."
