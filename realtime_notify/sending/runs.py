"""Runs: sending until nothing is due, each medium at its own pace."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime
from functools import partial

from django.db import connections, router
from django.db.models import Q

from realtime_notify.exceptions import InvalidMedium
from realtime_notify.models import Dispatch
from realtime_notify.outbox import backends
from realtime_notify.sending.counts import Sent
from realtime_notify.sending.leases import Wanted
from realtime_notify.sending.looks import look
from realtime_notify.sending.senders import LARGEST, Report, Sender, Stop
from realtime_notify.wire.waits import still_working, watched

LOOK_EVERY = 1.0  # seconds


def send_due(
    should_stop: Stop = lambda: False,
    *,
    medium: str | None = None,
    interval: int | None = None,
    now: datetime | None = None,
    dry_run: bool = False,
    report: Report = lambda mark: None,
) -> Sent:
    """Send what is due, until nothing is left. Any number of processes may do it at once.

    Several media are served by a thread each, so that none waits for another. Inside a
    transaction, which other threads would not see, they take turns.

    Args:
        should_stop: asked before each message.
        medium: the name of a medium; None for all of the setting ``MEDIA``.
        interval: only messages of this interval, in minutes; None for all.
        now: the moment at which to be due; None for the present.
        dry_run: send and change nothing; only count what would be sent and dropped. Digests that
            somebody missed are counted each, though they would come as one.
        report: is told what became of each message; it may be called by several threads.

    Returns:
        What became of the messages.

    Raises:
        InvalidMedium: `medium` is not among the setting ``MEDIA``.
    """
    wanted = [Wanted(name, interval, now) for name in _media(medium)]
    with watched("Sending", should_stop) as going_on:
        if dry_run:
            return sum((_rehearse(each, going_on) for each in wanted), Sent())
        due = [each for each in wanted if each.due().exists()]
        runs = [partial(_run, each, should_stop, report) for each in due]
        if len(runs) < 2 or connections[router.db_for_write(Dispatch)].in_atomic_block:
            return sum((run() for run in runs), Sent())
        return sum(_at_once(runs), Sent())


def _media(medium: str | None) -> Collection[str]:
    if medium is None:
        return backends()
    if medium not in backends():
        known = ", ".join(backends()) or "none"
        raise InvalidMedium(
            f"{medium!r} is not among the media of REALTIME_NOTIFY['MEDIA']; there are: {known}."
        )
    return [medium]


def _run(wanted: Wanted, should_stop: Stop, report: Report) -> Sent:
    sender = Sender(backends()[wanted.medium], report)
    with watched(f"Sending by {wanted.medium}", should_stop) as going_on:
        try:
            return sender.send_due(wanted, going_on)
        finally:
            sender.close()


def _at_once(runs: Sequence[Callable[[], Sent]]) -> Iterator[Sent]:
    """Run several media side by side; one that fails does not stop the others."""
    with ThreadPoolExecutor(len(runs), thread_name_prefix="rn-sending") as pool:
        for future in [pool.submit(_with_own_connection, run) for run in runs]:
            while not wait([future], timeout=LOOK_EVERY).done:
                still_working()  # each thread has a deadline of its own
            yield future.result()


def _with_own_connection(run: Callable[[], Sent]) -> Sent:
    try:
        return run()
    finally:
        connections.close_all()


def _rehearse(wanted: Wanted, should_stop: Stop) -> Sent:
    """Count what would be sent and dropped, a portion at a time."""
    done, backend = Sent(), backends()[wanted.medium]()
    due = wanted.due()
    portion: list[Dispatch] = list(due[:LARGEST])
    while portion and not should_stop():
        for found in look(portion, backend, wanted.moment()).values():
            if found.message is not None:
                done += Sent(sent=1, events=len(found.message.items))
            else:
                done += Sent(dropped=1) if found.quiet_until is None else Sent(quiet=1)
        last = portion[-1]
        later = Q(due_at__gt=last.due_at) | Q(due_at=last.due_at, pk__gt=last.pk)
        portion = list(due.filter(later, due_at__gte=last.due_at)[:LARGEST])
    return done
