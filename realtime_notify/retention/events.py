"""Removing events that are in no inbox any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db import connections
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from realtime_notify.models import DispatchItem, DispatchState, Event, EventSeen, Notification
from realtime_notify.models.arrays import among
from realtime_notify.models.transactions import writing
from realtime_notify.retention.policy import happened_before
from realtime_notify.retention.windows import windows

WINDOW = 5000
"""Events that one query looks at."""


def prune(age: timedelta, batch: int, dry_run: bool) -> Iterator[int]:
    """Remove events that are this old, that nobody holds, and that were not seen since.

    With an event go its filters, its extra actors and its marks of having been seen. Events that
    are yet to be delivered stay, however old, and so do those in messages that are yet to leave. A
    broadcast goes by its age as well: whoever has not looked at their inbox until then does not get
    it.

    Args:
        age: how long ago they happened.
        batch: the most events that one transaction removes.
        dry_run: only count.

    Yields:
        How many events went, after each transaction; in a dry run, how many would.
    """
    doomed = _doomed(age)
    for window in windows(Event, WINDOW):
        rows = Event.objects.filter(doomed, pk__range=(window[0], window[-1])).order_by("pk")
        if dry_run:
            yield rows.count()
            continue
        pks = list(rows.values_list("pk", flat=True))
        for start in range(0, len(pks), batch):
            yield _remove(pks[start : start + batch], doomed)
        if not pks:
            yield 0


def _doomed(age: timedelta) -> Q:
    since = timezone.now() - age
    held = Notification.objects.filter(event=OuterRef("pk")).order_by()
    seen = EventSeen.objects.filter(event=OuterRef("pk"), seen_at__gt=since)
    old = happened_before(since) & Q(delivered_at__lte=since, due_at=None)
    leaving = DispatchItem.objects.filter(
        event=OuterRef("pk"), dispatch__state=DispatchState.WAITING
    ).order_by()
    return old & ~Q(Exists(held)) & ~Q(Exists(seen)) & ~Q(Exists(leaving))


def _remove(pks: list[int], doomed: Q) -> int:
    """Remove events in one transaction; those that somebody else has locked stay."""
    with writing(Event) as database:
        rows = Event.objects.filter(among("pk", pks)).order_by("pk")
        features = connections[database].features
        if features.has_select_for_update:
            # A notification that is being inserted has a lock on its event.
            rows = rows.select_for_update(skip_locked=features.has_select_for_update_skip_locked)
        locked = list(rows.values_list("pk", flat=True))
        # Asked again under the lock: a broadcast may have been taken in meanwhile.
        free = Event.objects.filter(doomed, among("pk", locked)).order_by()
        free_pks = list(free.values_list("pk", flat=True))
        Event.objects.filter(among("pk", free_pks)).only("pk").delete()
    return len(free_pks)
