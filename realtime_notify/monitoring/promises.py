"""What is promised and overdue: what a site without a worker, or without a mail server, shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import NamedTuple

from django.db.models import Count, Min
from django.utils import timezone

from realtime_notify.models import Dispatch, DispatchState, Event
from realtime_notify.outbox import backends

FRESH = 10.0
"""Seconds for which an answer of the database is shown again: scrapes may come often."""
MOST = 10_000
"""How many are counted: the query reads so many entries of an index at most."""


RECENT = timedelta(minutes=1)


class Queue(NamedTuple):
    """The messages of a medium."""

    due: int
    """How many are due, up to `MOST`; those that are being sent this moment are among them."""
    seconds: float
    """How long the first of them has been due; 0 if there are none."""
    dead: int
    """How many were given up, up to `MOST`, and not yet removed."""


class Overdue(NamedTuple):
    """What nobody works at though its time has come: deliveries, and messages by other media."""

    events: int
    """How many there are, up to `MOST`."""
    seconds: float
    """How long the first of them has been due; 0 if there are none."""
    queues: Mapping[str, Queue]
    """The messages of each medium of the setting ``MEDIA``."""
    finished: Mapping[str, int]
    """What became of the messages of the last minute: how many were sent, dropped, given up."""


def overdue() -> Overdue:
    """Return what is overdue in all processes, at most `FRESH` seconds old.

    It takes one query; with other media than the inbox, one more, and two for each of them.
    """
    global _known
    if _known is None or monotonic() - _known[0] > FRESH:
        _known = monotonic(), _count()
    return _known[1]


def _count() -> Overdue:
    now = timezone.now()
    first = Event.objects.filter(due_at__lte=now).order_by("due_at").values("due_at")[:MOST]
    found = first.aggregate(events=Count("due_at"), oldest=Min("due_at"))
    oldest = found["oldest"]
    media = backends()
    return Overdue(
        found["events"],
        _since(oldest, now),
        {medium: _queue(medium, now) for medium in media},
        _finished(now) if media else {},
    )


def _queue(medium: str, now: datetime) -> Queue:
    mine = Dispatch.objects.filter(medium=medium)
    due = mine.filter(state=DispatchState.WAITING, due_at__lte=now).order_by("due_at")
    first = due.values("due_at")[:MOST]
    found = first.aggregate(messages=Count("due_at"), oldest=Min("due_at"))
    dead = mine.filter(state=DispatchState.DEAD).order_by().values("pk")[:MOST].count()
    return Queue(found["messages"], _since(found["oldest"], now), dead)


def _finished(now: datetime) -> dict[str, int]:
    recent = Dispatch.objects.filter(finished_at__gt=now - RECENT)
    counts = recent.order_by().values_list("state").annotate(count=Count("pk"))
    nothing = dict.fromkeys((state.value for state in DispatchState), 0)
    del nothing[DispatchState.WAITING]
    return nothing | dict(counts)


def _since(oldest: datetime | None, now: datetime) -> float:
    return 0.0 if oldest is None else (now - oldest).total_seconds()


_known: tuple[float, Overdue] | None = None
