"""Moving: what waits for somebody follows when they change how often they want to be interrupted.

A profile that is saved or deleted, or a subscription that gets another one, moves the events that
nobody has taken yet to the moments of the new rhythm, and drops them if that is never. So whoever
chooses "never", and then something else, finds no backlog.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import OperationalError, connections, router, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from realtime_notify.models import (
    DeliveryProfile,
    Dispatch,
    DispatchItem,
    DispatchState,
    Subscription,
)
from realtime_notify.models.arrays import among
from realtime_notify.models.moments import in_utc, stored
from realtime_notify.models.transactions import retried, writing
from realtime_notify.outbox.backends import backends
from realtime_notify.outbox.rhythms import rhythms_of
from realtime_notify.outbox.windows import Rhythm, due_at
from realtime_notify.outbox.writing import Entry, Recipient, delay_of, join, rhythm_for

NEVER = "never"
"""The reason why something is dropped."""
TRIES = 3


def move(user: Any) -> None:
    """Move what waits for a user to the moments at which they want it now.

    Saving a profile does this. Call it yourself after a change that only a policy of your own
    (the setting ``FREQUENCY``) knows of, or after `update()`.

    Args:
        user: the primary key of the user.
    """
    in_transaction = connections[router.db_for_write(Dispatch)].in_atomic_block
    retried(
        partial(_move, user),
        f"Moving what waits for user {user}",
        tries=1 if in_transaction else TRIES,
        errors=(OperationalError,),
    )


def _move(user: Any) -> None:
    with writing(Dispatch):
        waiting = {row.pk: row for row in _open(user).select_for_update() if _is_known(row)}
        if not waiting:
            return
        items = list(
            DispatchItem.objects.filter(among("dispatch", waiting))
            .select_related("event__type")
            .defer("event__audience", "event__stragglers")
        )
        rhythms = rhythms_of((user, item.subscription_id) for item in items)
        now = in_utc(timezone.now())
        entries, moved = [], []
        never: dict[int, list[int]] = defaultdict(list)
        for item in items:
            row = waiting[item.dispatch_id]
            chosen = rhythms[user, item.subscription_id]
            moment = _moment(item, row, chosen, now)
            if moment is None:
                never[row.pk].append(item.pk)
            elif moment != (row.interval, row.due_at):
                moved.append(item.pk)
                entries.append(_entry(item, row, *moment))
        _drop(items, never)
        _move_items(entries, moved, waiting, now)


def _open(user: Any) -> QuerySet[Dispatch]:
    """Return what waits for a user and was taken by nobody."""
    rows = Dispatch.objects.filter(user=user, state=DispatchState.WAITING, is_open=True)
    return rows.order_by("recipient", "medium", "interval", "due_at")


def _is_known(row: Dispatch) -> bool:
    return row.medium_id in backends()


def _moment(
    item: DispatchItem, row: Dispatch, chosen: Rhythm, now: datetime
) -> tuple[int, datetime] | None:
    """Return the interval and the moment of an item; None: never.

    What is right for the moment at which it began to wait stays where it is.
    """
    backend, notification_type = backends()[row.medium_id], item.event.type
    rhythm = rhythm_for(chosen, backend, notification_type)
    delay = delay_of(backend, notification_type)
    moments = (due_at(rhythm, begin, delay) for begin in (in_utc(row.created), now))
    first, again = ((rhythm.interval, stored(each)) if each else None for each in moments)
    return first if first == (row.interval, row.due_at) else again


def _entry(item: DispatchItem, row: Dispatch, interval: int, moment: datetime) -> Entry:
    return Entry(
        row.medium_id,
        Recipient(user=row.user_id),
        interval,
        moment,
        item.event_id,
        item.notification_id,
        item.subscription_id,
    )


def _drop(items: Sequence[DispatchItem], never: dict[int, list[int]]) -> None:
    """Drop what is never to leave: whole dispatches, which stay as a record, or items of others."""
    counts: dict[int, int] = defaultdict(int)
    for item in items:
        counts[item.dispatch_id] += 1
    whole = [pk for pk, some in never.items() if len(some) == counts[pk]]
    single = [item for pk, some in never.items() if pk not in whole for item in some]
    if whole:
        DispatchItem.objects.filter(among("dispatch", whole)).update(reason=NEVER)
        Dispatch.objects.filter(among("pk", whole)).update(
            state=DispatchState.DROPPED, reason=NEVER, is_open=None, finished_at=timezone.now()
        )
    if single:
        DispatchItem.objects.filter(among("pk", single)).delete()


def _move_items(
    entries: Sequence[Entry], moved: Sequence[int], rows: Iterable[int], now: datetime
) -> None:
    """Let items join other dispatches, and delete those that are left without any."""
    if not entries:
        return
    DispatchItem.objects.filter(among("pk", moved)).delete()
    join(entries, now)
    items = DispatchItem.objects.filter(dispatch=OuterRef("pk"))
    Dispatch.objects.filter(~Exists(items), among("pk", list(rows))).delete()


def _move_after_commit(user: Any, using: str) -> None:
    # A profile that fails to move what waits is saved nevertheless; sending looks at it once more.
    # Django logs the failure by the name of the function, which a partial has not.
    transaction.on_commit(lambda: move(user), using=using, robust=True)


def _of_profile(instance: DeliveryProfile, using: str, **kwargs: Any) -> None:
    if not kwargs.get("raw"):
        _move_after_commit(instance.user_id, using)


def _of_subscription(instance: Subscription, using: str, **kwargs: Any) -> None:
    if instance.user_id is not None and not kwargs.get("raw") and not kwargs.get("created"):
        _move_after_commit(instance.user_id, using)


post_save.connect(_of_profile, DeliveryProfile, dispatch_uid="realtime_notify.outbox.saved")
post_delete.connect(_of_profile, DeliveryProfile, dispatch_uid="realtime_notify.outbox.deleted")
post_save.connect(_of_subscription, Subscription, dispatch_uid="realtime_notify.outbox.subscribed")
