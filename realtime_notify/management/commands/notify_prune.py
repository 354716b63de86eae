"""`manage.py notify_prune`: remove notifications and events that nobody needs any more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_duration

from realtime_notify.management.stopping import stopped_by_signals
from realtime_notify.retention import Policy, Progress, configured, prune
from realtime_notify.retention.policy import OLDEST, STATES
from realtime_notify.retention.pruning import BATCH
from realtime_notify.wire import push
from realtime_notify.wire.waits import watched

DEFAULT_STATES = ("read", "archived", "deleted")

# Seconds.
REPORT_EVERY = 5.0
FLUSH_TIMEOUT = 5.0


class Command(BaseCommand):
    """Prune by the options, or by the setting `RETENTION`, until nothing is left to remove."""

    help = (
        "Removes old notifications and events, in short transactions beside running traffic. "
        "Without options that say what, the setting RETENTION says it. SIGTERM or Ctrl-C finish "
        "the current batch; running it again removes the rest."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare what to remove, and how."""
        parser.add_argument(
            "--older-than",
            type=_age,
            metavar="AGE",
            help="remove what is older: a number of days, or a duration such as 12:00:00 or P30D",
        )
        parser.add_argument(
            "--state",
            action="append",
            choices=(*STATES, "any"),
            help="remove only notifications in this state, by the time since which they are in "
            "it; repeatable (default: read, archived and deleted; unread ones only when asked)",
        )
        parser.add_argument(
            "--keep",
            type=int,
            metavar="N",
            help="remove all but the newest N of each inbox; unread and snoozed ones always stay",
        )
        parser.add_argument(
            "--expired",
            action="store_true",
            help="remove the notifications of expired events, of any age",
        )
        parser.add_argument(
            "--events",
            action="store_true",
            help="also remove events, older than AGE, that are in no inbox",
        )
        parser.add_argument(
            "--messages",
            action="store_true",
            help="also remove messages by e-mail and other media that were finished before AGE",
        )
        parser.add_argument("--dry-run", action="store_true", help="only count")
        parser.add_argument(
            "--batch",
            type=int,
            default=BATCH,
            metavar="N",
            help=f"rows that one transaction removes at most (default: {BATCH})",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk through all inboxes and events, and say how far it is."""
        policy = _policy(options)
        if options["batch"] < 1:
            raise CommandError(f"--batch must be at least 1, not {options['batch']}.")
        steps = prune(policy, batch=options["batch"], dry_run=options["dry_run"])
        with stopped_by_signals() as stop, watched("The walk", stop.is_set) as should_stop:
            progress = self._walk(steps, options["dry_run"], should_stop)
        push.flush(FLUSH_TIMEOUT)
        self._say(f"{_sentence(progress, options['dry_run'])}.")
        if progress.busy:
            self._say(f"Busy inboxes passed over: {progress.busy:,}; run it again for them.")

    def _walk(
        self, steps: Iterator[Progress], dry_run: bool, should_stop: Callable[[], bool]
    ) -> Progress:
        """Take all steps, and report every few seconds."""
        progress, report_at = Progress(), time.monotonic() + REPORT_EVERY
        for progress in steps:
            if should_stop():
                self._say("Stopped; run it again for the rest.")
                break
            if time.monotonic() >= report_at:
                self._say(f"{_sentence(progress, dry_run)} ...")
                report_at = time.monotonic() + REPORT_EVERY
        return progress

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _age(text: str) -> timedelta:
    """Parse an age: days, or a duration as Django and ISO 8601 write it."""
    try:
        age = timedelta(days=float(text))
    except (ValueError, OverflowError):
        parsed = parse_duration(text)
        if parsed is None:
            raise CommandError(
                f"--older-than must be a number of days or a duration such as P30D, not {text!r}."
            ) from None
        age = parsed
    if not timedelta() <= age <= OLDEST:
        raise CommandError(f"--older-than must be from 0 to {OLDEST.days:,} days, not {text!r}.")
    return age


def _policy(options: dict[str, Any]) -> Policy:
    """Return what the options, or the setting, say."""
    age, states, keep = options["older_than"], options["state"], options["keep"]
    if age is None and (states or options["events"] or options["messages"]):
        raise CommandError(
            "--state, --events and --messages need --older-than: the age to remove from."
        )
    if keep is not None and keep < 1:
        raise CommandError(f"--keep must be at least 1, not {keep}.")
    if age is None and keep is None and not options["expired"]:
        policy = configured()
        if policy is None:
            raise CommandError(
                "Say what to remove: --older-than AGE, --keep N or --expired; or set "
                "REALTIME_NOTIFY['RETENTION']."
            )
        return policy
    chosen = STATES if "any" in (states or ()) else states or DEFAULT_STATES
    return Policy(
        **dict.fromkeys(chosen, age),
        keep=keep,
        expired=timedelta() if options["expired"] else None,
        events=age if options["events"] else None,
        sent=age if options["messages"] else None,
    )


def _sentence(progress: Progress, dry_run: bool) -> str:
    notifications = _count(progress.notifications, "notification", "notifications")
    events = _count(progress.events, "event", "events")
    inboxes = _count(progress.inboxes, "inbox", "inboxes")
    verb = "Would remove" if dry_run else "Removed"
    further = [
        _count(progress.messages, "message", "messages") if progress.messages else "",
        _count(progress.browsers, "browser", "browsers") if progress.browsers else "",
    ]
    *most, last = [notifications, events, *filter(None, further)]
    return f"{verb} {', '.join(most)} and {last}; looked at {inboxes}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
