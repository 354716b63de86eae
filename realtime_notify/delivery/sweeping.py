"""Sweeping: delivering the events that are due, each for a turn, beside any number of processes.

A sweep takes a few due events at a time by moving their `due_at` ahead, which is its *lease* on
them: until then no other process asks for them, and if this one dies, they become due again. Rows
that another process is taking are passed over without waiting, where the database can. A lease is
never what makes delivery exact: whoever works on an event that another has, finds the cursor moved.

An event gets a turn of some seconds. One that is too large for it goes back behind everything else
that is due, so a million people in one event make no small event wait.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connections, router, transaction
from django.db.models import F, TextField
from django.db.models.functions import Cast, Length
from django.utils import timezone

from realtime_notify.delivery.fanout import deliver
from realtime_notify.delivery.together import deliver_together
from realtime_notify.models import Event

logger = logging.getLogger(__name__)

Stop = Callable[[], bool]

BATCH = 50  # events taken at once: few, so that other processes find some as well
TURN = 1.0  # seconds
LEASE = timedelta(minutes=3)  # outlasts a turn of every event in a batch
LONG_AUDIENCE = 50_000  # characters of JSON; longer ones are not loaded by the dozen
LONGEST_WAIT = timedelta(hours=1)


def sweep(should_stop: Stop = lambda: False) -> int:
    """Deliver events that are due: large ones, postponed ones, and those of processes that died.

    Any number of processes may sweep at once. An event that fails is retried at growing intervals,
    up to an hour, and holds up no other.

    Args:
        should_stop: asked before each chunk of each event. Without it the sweep ends when nothing
            is due.

    Returns:
        How many events were delivered to everybody.
    """
    _give_back_kept()
    count = 0
    while not should_stop() and (lease := _take()):
        try:
            count += _deliver_leased(lease, should_stop)
        except Exception:
            _kept.append(lease)
            raise
    return count


def _deliver_leased(lease: _Lease, should_stop: Stop) -> int:
    """Deliver what was taken, give the rest back, and return how many have reached everybody."""
    waiting = _deliver_small(lease)
    count = len(lease.events) - len(waiting)
    unfinished = []
    while waiting and not should_stop():
        event = waiting.pop(0)
        if _give_turn(event, lease, should_stop):
            count += 1
        else:
            unfinished.append(event)
    # Those without a turn were due first, and stay ahead of those that had one.
    lease.give_back(waiting, lease.taken_at)
    lease.give_back(unfinished, timezone.now())
    return count


def _give_back_kept() -> None:
    """Give back what could not be given back when the database was away."""
    while _kept:
        lease = _kept[0]
        lease.give_back(lease.events, lease.taken_at)
        with suppress(ValueError):  # a sweep in another thread was faster
            _kept.remove(lease)


def within(seconds: float, should_stop: Stop) -> Stop:
    """Return a function that says stop once `should_stop` does, or the time is over."""
    end = time.monotonic() + seconds
    return lambda: should_stop() or time.monotonic() >= end


class _Lease(NamedTuple):
    """Due events that this process has taken, by their primary keys in the order of `due_at`."""

    events: list[int]
    taken_at: datetime
    until: datetime

    def give_back(self, events: Iterable[int], due_at: datetime) -> None:
        """Let other processes have events, unless their `due_at` was set to something else."""
        if pks := list(events):
            Event.objects.filter(pk__in=pks, due_at=self.until).update(due_at=due_at)


_kept: list[_Lease] = []
"""Leases of sweeps that failed: a process that lives need not wait until they are over."""


def _take() -> _Lease | None:
    """Take the events that have been due longest; None when none is due."""
    database = router.db_for_write(Event)
    now = timezone.now()
    until = now + LEASE
    due = Event.objects.due()
    if connections[database].features.has_select_for_update_skip_locked:
        with transaction.atomic(using=database):
            free = due.select_for_update(skip_locked=True)
            events = list(free.values_list("pk", flat=True)[:BATCH])
            Event.objects.filter(pk__in=events).update(due_at=until)
    else:
        # Another process may read the same ones; the condition gives each to one of the two.
        events = list(due.values_list("pk", flat=True)[:BATCH])
        due.filter(pk__in=events).order_by().update(due_at=until)
        taken = set(Event.objects.filter(pk__in=events, due_at=until).values_list("pk", flat=True))
        events = [event for event in events if event in taken]
    return _Lease(events, now, until) if events else None


def _deliver_small(lease: _Lease) -> list[int]:
    """Deliver the small ones of the leased events together, and return the others."""
    if len(lease.events) < 2:
        return list(lease.events)
    try:
        untouched = Event.objects.filter(
            pk__in=lease.events, due_at=lease.until, started_at=None, lazy=False
        )
        small = untouched.select_related("type").annotate(
            rn_size=Length(Cast("audience", TextField()))
        )
        found = small.filter(rn_size__lt=LONG_AUDIENCE).in_bulk()
        delivered = deliver_together(found[pk] for pk in lease.events if pk in found)
    except Exception:
        logger.exception("Events could not be delivered together; they will be one by one.")
        return list(lease.events)
    return [pk for pk in lease.events if pk not in delivered]


def _give_turn(pk: int, lease: _Lease, should_stop: Stop) -> bool:
    """Deliver an event for as long as its turn lasts; return whether everybody has it.

    The event is loaded now and not with its batch: an audience of a million names is large.
    """
    try:
        leased = Event.objects.filter(pk=pk, due_at=lease.until)
        event = leased.select_related("type").first()
        return event is not None and deliver(event, should_stop=within(TURN, should_stop))
    except Exception as error:
        # Whatever is wrong with one event must not keep the others waiting.
        logger.exception("Event %s could not be delivered; it will be retried.", pk)
        _postpone(pk, error)
        return False


def _postpone(pk: int, error: Exception) -> None:
    """Note the error, and make the event due again after a pause that doubles each time."""
    event = Event.objects.filter(pk=pk, delivered_at=None)
    attempts = event.values_list("attempts", flat=True).first() or 0
    event.update(
        attempts=F("attempts") + 1,
        last_error=f"{type(error).__name__}: {error}",
        due_at=timezone.now() + min(LONGEST_WAIT, timedelta(seconds=2 ** min(attempts + 1, 12))),
    )
