"""`manage.py notify_mail`: send the e-mails that are due, for sites that run cron and no worker."""

from __future__ import annotations

import threading
import time
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections, connections
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from realtime_notify.conf import settings
from realtime_notify.management.stopping import stopped_by_signals
from realtime_notify.models.media import EMAIL
from realtime_notify.models.profiles import AT_ONCE, DAILY, HOURLY, MONTHLY, WEEKLY
from realtime_notify.outbox import backends
from realtime_notify.sending import Mark, Sent, counted, send_due

INTERVALS = {
    "at-once": AT_ONCE,
    "hourly": HOURLY,
    "daily": DAILY,
    "weekly": WEEKLY,
    "monthly": MONTHLY,
}
SOME_FAILED = 3
"""The exit code when a message could not be sent."""

# Seconds.
DEFAULT_PAUSE = 2.0
MAX_PAUSE = 30.0
REPORT_EVERY = 5.0


class Command(BaseCommand):
    """Send the e-mails that are due; any number of these, and of workers, may run at once."""

    help = (
        "Sends the e-mails that are due, then exits; the worker does the same. The exit code is 0 "
        f"if nothing failed, and {SOME_FAILED} if a message could not be sent: it will be tried "
        "again, or was given up. With -v 2, each message is listed with its recipient."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare which e-mails to send, and when."""
        parser.add_argument(
            "--interval",
            metavar="NAME",
            help=f"only messages of this interval: {', '.join(INTERVALS)}, or minutes",
        )
        parser.add_argument("--loop", action="store_true", help="go on until stopped")
        parser.add_argument(
            "--dry-run", action="store_true", help="only say what would be sent and dropped"
        )
        parser.add_argument(
            "--now", metavar="TIME", help="send what is due at this time, in ISO 8601"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Send what is due, once or again and again."""
        if EMAIL not in backends():
            raise CommandError("REALTIME_NOTIFY['MEDIA'] does not list 'email': nothing is mailed.")
        if options["loop"] and (options["now"] or options["dry_run"]):
            raise CommandError("--loop goes with the clock; leave out --now and --dry-run.")
        self._lists_each = options["verbosity"] > 1
        chosen = {
            "interval": None if options["interval"] is None else _minutes(options["interval"]),
            "now": None if options["now"] is None else _moment(options["now"]),
            "dry_run": options["dry_run"],
        }
        with stopped_by_signals() as stop:
            if options["loop"]:
                self._go_on(stop, chosen)
                return
            began = time.monotonic()
            done = self._send(stop, chosen)
            self._say_all(done, time.monotonic() - began, dry_run=options["dry_run"])
        if unsent := done.failed + done.postponed + done.dead:
            what = "message" if unsent == 1 else "messages"
            raise CommandError(
                f"{unsent:,} {what} could not be sent; the errors are in the dispatches' rows.",
                returncode=SOME_FAILED,
            )

    def _go_on(self, stop: threading.Event, chosen: dict[str, Any]) -> None:
        pause = interval = settings.SWEEP_INTERVAL or DEFAULT_PAUSE
        while not stop.is_set():
            began = time.monotonic()
            try:
                close_old_connections()
                if done := self._send(stop, chosen):
                    self._say_all(done, time.monotonic() - began)
                pause = interval
            except (OperationalError, InterfaceError) as error:
                pause = min(pause * 2, max(MAX_PAUSE, interval))
                self._say(f"Database error; retrying in {pause:g} s: {error}".strip())
                connections.close_all()
            stop.wait(pause)

    def _send(self, stop: threading.Event, chosen: dict[str, Any]) -> Sent:
        self._so_far, self._report_at = Sent(), time.monotonic() + REPORT_EVERY
        return send_due(stop.is_set, medium=EMAIL, report=self._report, **chosen)

    def _report(self, mark: Mark) -> None:
        """List a message, if asked to, and say every few seconds how far it is."""
        if self._lists_each:
            self._say(_line(mark))
        self._so_far += counted(mark)
        if time.monotonic() >= self._report_at:
            self._say(f"{_capitalised(self._so_far)} ...")
            self._report_at = time.monotonic() + REPORT_EVERY

    def _say_all(self, done: Sent, seconds: float, *, dry_run: bool = False) -> None:
        if not done:
            self._say("Nothing is due.")
        elif dry_run:
            self._say(f"In a dry run: {done}.")
        else:
            self._say(f"{_capitalised(done)}, in {seconds:.1f} s.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _minutes(text: str) -> int:
    """Parse an interval: its name, or its minutes."""
    if text in INTERVALS:
        return INTERVALS[text]
    if text.isascii() and text.isdigit():
        return int(text)
    raise CommandError(
        f"--interval must be {', '.join(INTERVALS)} or a number of minutes, not {text!r}."
    )


def _moment(text: str) -> datetime:
    """Parse a time; without an offset it is one of the setting TIME_ZONE."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"--now must be a time such as 2026-11-21T08:00, not {text!r}.")
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def _line(mark: Mark) -> str:
    who = mark.dispatch.address or mark.dispatch.recipient
    why = mark.reason or mark.error
    return f"{mark.dispatch.pk} to {who}: {mark.state.value}{f' ({why})' if why else ''}"


def _capitalised(sent: Sent) -> str:
    text = str(sent)
    return text[:1].upper() + text[1:]
