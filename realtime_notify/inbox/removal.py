"""Removal: an expired event leaves the inboxes that hold it, thousands in a few statements."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from django.db import router, transaction
from django.utils import timezone

from realtime_notify.conf import settings
from realtime_notify.inbox import numbers
from realtime_notify.models import Notification
from realtime_notify.models.arrays import update_rows
from realtime_notify.wire import push
from realtime_notify.wire.vocabulary import Frame


class Removed(NamedTuple):
    """What one step of a removal did.

    Attributes:
        deleted: how many notifications were.
        busy: how many were passed over, because somebody else had locked their inbox.
        last: the last user who was looked at; None if nobody comes later.
    """

    deleted: int
    busy: int
    last: Any


def remove(event_id: int, limit: int, after: Any = None) -> Removed | None:
    """Delete the notifications of an event; each is a revision of its inbox.

    Inboxes that somebody else has locked are passed over, where the database can.

    Args:
        event_id: the primary key of the event, which the caller's transaction has locked.
        limit: the most notifications to look at.
        after: look at the notifications of later users only; None for all.

    Returns:
        What was done; None when no inbox holds the event any more.
    """
    database = router.db_for_write(Notification)
    held = Notification.objects.filter(event=event_id, deleted_at=None).order_by("user_id")
    if after is not None:
        held = held.filter(user__gt=after)
    moments = ("read_at", "archived_at", "snoozed_until")
    rows = {
        user: rest for user, *rest in held.values_list("user_id", "pk", "seq", *moments)[:limit]
    }
    if not rows and after is not None:
        return Removed(0, 0, None)
    if not rows:
        return None
    inboxes = numbers.lock(rows, wait=False)
    frames: dict[Any, Frame] = {}
    for user, inbox in inboxes.items():
        pk, seq, *marks = rows[user]
        is_unread = not any(marks)
        inbox.rev += 1
        inbox.unread -= is_unread
        inbox.unseen -= is_unread and seq > inbox.seen
        frames[user] = {
            "rev": inbox.rev,
            "unread": inbox.unread,
            "unseen": inbox.unseen,
            "delete": {"ids": [pk]},
        }
    if inboxes:
        _save(inboxes, [rows[user][0] for user in inboxes])
    # Larger audiences follow by the heal query: nobody waits for a notification to disappear.
    if len(frames) <= settings.SMALL_AUDIENCE:
        transaction.on_commit(partial(_push, frames), using=database)
    last = next(reversed(rows)) if len(rows) == limit else None
    return Removed(len(inboxes), len(rows) - len(inboxes), last)


def _save(inboxes: dict[Any, numbers.Numbers], pks: list[int]) -> None:
    changes: dict[str, list[Any]] = {
        "id": pks,
        "deleted_at": [timezone.now()] * len(pks),
        "rev": [inbox.rev for inbox in inboxes.values()],
    }
    update_rows(Notification, changes)
    numbers.save(inboxes, "rev", "unread", "unseen")


def _push(frames: dict[Any, Frame]) -> None:
    for user, frame in frames.items():
        push.change(str(user), frame)
