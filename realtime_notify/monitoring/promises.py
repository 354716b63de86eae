"""Deliveries that are promised and overdue: what a site without a worker looks like."""

from __future__ import annotations

from time import monotonic
from typing import NamedTuple

from django.db.models import Count, Min
from django.utils import timezone

from realtime_notify.models import Event

FRESH = 10.0
"""Seconds for which an answer of the database is shown again: scrapes may come often."""
MOST = 10_000
"""How many are counted: the query reads so many entries of an index at most."""


class Overdue(NamedTuple):
    """The deliveries whose time has come, and which nobody works at."""

    events: int
    """How many there are, up to `MOST`."""
    seconds: float
    """How long the first of them has been due; 0 if there are none."""


def overdue() -> Overdue:
    """Return the overdue deliveries of all processes, at most `FRESH` seconds old. One query."""
    global _known
    if _known is None or monotonic() - _known[0] > FRESH:
        _known = monotonic(), _count()
    return _known[1]


def _count() -> Overdue:
    now = timezone.now()
    first = Event.objects.filter(due_at__lte=now).order_by("due_at").values("due_at")[:MOST]
    found = first.aggregate(events=Count("due_at"), oldest=Min("due_at"))
    oldest = found["oldest"]
    return Overdue(found["events"], 0.0 if oldest is None else (now - oldest).total_seconds())


_known: tuple[float, Overdue] | None = None
