"""Dispatches that somebody sends again, or drops, by hand."""

from __future__ import annotations

from collections.abc import Collection

from django.db import router, transaction
from django.utils import timezone

from realtime_notify.models import Dispatch, DispatchItem, DispatchState
from realtime_notify.models.arrays import among
from realtime_notify.sending.reasons import BY_HAND


def requeue(pks: Collection[int], *, sent: bool = False) -> int:
    """Let dispatches wait again that were dropped or given up. They are due at once.

    They are looked at again before they leave: what was dropped because it had been read is
    dropped once more.

    Args:
        pks: the primary keys of dispatches.
        sent: whether to send those again as well that were sent.

    Returns:
        How many wait again.
    """
    states = [DispatchState.DROPPED, DispatchState.DEAD, *([DispatchState.SENT] if sent else [])]
    with transaction.atomic(using=router.db_for_write(Dispatch)):
        finished = Dispatch.objects.filter(among("pk", pks), state__in=states)
        count = finished.update(
            state=DispatchState.WAITING,
            # It takes no further events: another one may be open for the same moment.
            is_open=None,
            due_at=timezone.now(),
            claimed_until=None,
            claimed_by="",
            attempts=0,
            reason="",
            finished_at=None,
        )
        waiting = Dispatch.objects.filter(among("pk", pks), state=DispatchState.WAITING)
        items = DispatchItem.objects.filter(dispatch__in=waiting.values("pk"))
        items.exclude(reason="").update(reason="")
    return count


def drop(pks: Collection[int]) -> int:
    """Drop dispatches that wait; a worker that has taken one notices within a second.

    Args:
        pks: the primary keys of dispatches.

    Returns:
        How many were dropped.
    """
    waiting = Dispatch.objects.filter(among("pk", pks), state=DispatchState.WAITING)
    return waiting.update(
        state=DispatchState.DROPPED,
        reason=BY_HAND,
        is_open=None,
        claimed_until=None,
        claimed_by="",
        finished_at=timezone.now(),
    )
