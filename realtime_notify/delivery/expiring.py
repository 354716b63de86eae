"""Expiry: events whose time is over leave every inbox, and whatever was still to be delivered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import router, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from realtime_notify.conf import settings
from realtime_notify.inbox import removal
from realtime_notify.models import Event

LIMIT = 100


def expire(should_stop: Callable[[], bool] = lambda: False) -> int:
    """Take the notifications of expired events out of their inboxes, chunk by chunk.

    Any number of processes may do it at once.

    Args:
        should_stop: asked before each chunk.

    Returns:
        How many events are gone from every inbox.
    """
    due = Event.objects.filter(removal_due_at__lte=timezone.now()).order_by("removal_due_at", "pk")
    pks = list(due.values_list("pk", flat=True)[:LIMIT])
    return sum(_expire(pk, should_stop) for pk in pks if not should_stop())


def _expire(pk: int, should_stop: Callable[[], bool]) -> bool:
    """Take one event out of all inboxes but the busy ones; return whether none holds it now."""
    after, busy = None, 0
    while not should_stop():
        step = expire_chunk(pk, after)
        if step is None:
            return True
        after, busy = step.last, busy + step.busy
        if after is None and busy:
            return False  # the next call comes back to them
    return False


def expire_chunk(pk: int, after: Any = None) -> removal.Removed | None:
    """Take an expired event out of the next inboxes that hold it.

    Args:
        pk: the primary key of the event.
        after: the user where the chunk before ended; None to begin.

    Returns:
        What was done; None when the event is gone from all inboxes.
    """
    with transaction.atomic(using=router.db_for_write(Event)):
        event = Event.objects.filter(pk=pk, removal_due_at__isnull=False)
        # The promise to deliver is closed with the first chunk: a process whose clock is behind, or
        # that was about to write a chunk, finds nothing to claim any more.
        event.update(
            delivered_at=Coalesce("delivered_at", timezone.now()),
            due_at=None,
            stragglers=[],
        )
        # This lock waits for whoever keeps the event to insert notifications of it, so that the
        # next statement sees every one of them.
        if not event.select_for_update().values_list("pk"):
            return None
        removed = removal.remove(pk, settings.CHUNK_SIZE, after)
        if removed is None:
            event.update(removal_due_at=None)
        return removed
