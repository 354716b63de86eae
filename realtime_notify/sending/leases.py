"""Leases: due dispatches that a worker has taken, and that no other takes for some minutes.

A worker marks what it takes with a token of its own and a moment, and uses what it took for a
fraction of that time only. If it dies, others find its dispatches once the moment is past.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import connections, router, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from realtime_notify.models import Dispatch, DispatchState
from realtime_notify.models.arrays import among
from realtime_notify.sending import missed

LEASE = timedelta(minutes=3)
"""How long nobody else takes a dispatch."""
USE = 1 / 3
"""The share of that time in which messages may begin to be sent: the last one may take a while."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which dispatches a run is to send.

    Attributes:
        medium: the name of their medium.
        interval: their interval in minutes; None for any.
        now: the moment at which they are to be due; None for the present.
    """

    medium: str
    interval: int | None = None
    now: datetime | None = None

    def moment(self) -> datetime:
        """Return the moment at which they are to be due."""
        return self.now or timezone.now()

    def rows(self) -> QuerySet[Dispatch]:
        """Return what waits, due or not, and is in nobody's hands."""
        free = Q(claimed_until=None) | Q(claimed_until__lte=timezone.now())
        rows = Dispatch.objects.filter(free, state=DispatchState.WAITING, medium=self.medium)
        if self.interval is not None:
            rows = rows.filter(interval=self.interval)
        return rows.order_by("due_at", "pk")

    def due(self) -> QuerySet[Dispatch]:
        """Return what is due, what has been due longest first."""
        return self.rows().filter(due_at__lte=self.moment())


@dataclass(frozen=True, slots=True)
class Lease:
    """Dispatches that this worker has taken.

    Attributes:
        token: what marks the rows as taken.
        dispatches: the dispatches, in the order in which they became due.
        ends: until when they may be sent, on the monotonic clock.
    """

    token: str
    dispatches: list[Dispatch]
    ends: float

    def is_over(self) -> bool:
        """Return whether no further message may begin to be sent."""
        return time.monotonic() >= self.ends

    def still_held(self, dispatches: Iterable[Dispatch]) -> list[Dispatch]:
        """Return those that nobody has dropped, erased or taken over meanwhile."""
        rows = list(dispatches)
        held = set(self._rows([row.pk for row in rows]).values_list("pk", flat=True))
        return [row for row in rows if row.pk in held]

    def give_back(self, dispatches: Iterable[Dispatch]) -> None:
        """Let other workers have what was not sent."""
        if pks := [row.pk for row in dispatches]:
            self._rows(pks).update(claimed_until=None, claimed_by="")

    def _rows(self, pks: Collection[int]) -> QuerySet[Dispatch]:
        rows = Dispatch.objects.filter(among("pk", pks), claimed_by=self.token)
        return rows.filter(state=DispatchState.WAITING).order_by()


def take(wanted: Wanted, size: int) -> Lease | None:
    """Take the dispatches that have been due longest; None if there are none.

    Args:
        wanted: which ones.
        size: the most to take.
    """
    began = time.monotonic()
    token = new_token()
    due = wanted.due()
    dispatches = _claim(due, due[:size], token)
    if not dispatches:
        return None
    if (others := missed.others(due, dispatches)) is not None:
        dispatches = missed.joined([*dispatches, *_claim(due, others, token)])
    return Lease(token, dispatches, began + USE * LEASE.total_seconds())


def _claim(due: QuerySet[Dispatch], some: QuerySet[Dispatch], token: str) -> list[Dispatch]:
    """Mark some of what is due as taken, and return those that no other worker took before."""
    database = router.db_for_write(Dispatch)
    # What comes from now on is another message: a dispatch that was taken is no longer open.
    columns = {
        "claimed_until": timezone.now() + LEASE,
        "claimed_by": token,
        "is_open": None,
    }
    if connections[database].features.has_select_for_update_skip_locked:
        with transaction.atomic(using=database):
            # A row that a delivery is adding an event to is locked, and left for the next time.
            dispatches = list(some.select_for_update(skip_locked=True))
            Dispatch.objects.filter(among("pk", [row.pk for row in dispatches])).update(**columns)
        return dispatches
    # Another worker may read the same ones; the condition gives each to one of the two.
    pks = list(some.values_list("pk", flat=True))
    if not pks:
        return []
    due.filter(among("pk", pks)).order_by().update(**columns)
    taken = Dispatch.objects.filter(among("pk", pks), claimed_by=token)
    return list(taken.order_by("due_at", "pk"))


def new_token() -> str:
    """Return a name for what is taken now, which says who took it: host, process, number."""
    return f"{socket.gethostname()[:32]}:{os.getpid()}:{uuid4().hex[:16]}"


def next_due(medium: str) -> datetime | None:
    """Return when the next message by a medium is due; None if nothing waits."""
    rows = Wanted(medium).rows()
    return rows.values_list("due_at", flat=True).first()
