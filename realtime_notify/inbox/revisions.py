"""Changing an inbox: under its lock, in one revision, told to all of its owner's browsers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db import router, transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from realtime_notify.conf import settings
from realtime_notify.inbox import items
from realtime_notify.inbox.reading import inbox_of, numbers_of
from realtime_notify.models import Inbox, Notification
from realtime_notify.models.selections import NotificationQuerySet
from realtime_notify.wire import push
from realtime_notify.wire.vocabulary import Change, Frame, Selection

_TOLD_WHOLE = 20  # put back this many rows and browsers are sent them; more, and they ask

_ACTIVE = Q(archived_at=None, deleted_at=None, snoozed_until=None)
_UNREAD = _ACTIVE & Q(read_at=None)


@dataclass(frozen=True, slots=True)
class Verb:
    """A change of state.

    Attributes:
        concerns: the rows that are not in the new state yet.
        field, stamped: the timestamp that is the state, and whether it is set or cleared.
        counts: which of these rows enter or leave the counters, as they are before the change.
        sign: +1 where they enter, -1 where they leave.
        told: whether browsers can follow from the name of the change alone.
    """

    concerns: Q
    field: str
    stamped: bool
    counts: Q
    sign: int
    told: bool


VERBS = {
    "read": Verb(Q(read_at=None, deleted_at=None), "read_at", True, _UNREAD, -1, True),
    "unread": Verb(Q(read_at__isnull=False, deleted_at=None), "read_at", False, _ACTIVE, 1, False),
    "archive": Verb(_ACTIVE, "archived_at", True, _UNREAD, -1, True),
    "unarchive": Verb(
        Q(archived_at__isnull=False, deleted_at=None),
        "archived_at",
        False,
        Q(read_at=None, snoozed_until=None),
        1,
        False,
    ),
    "snooze": Verb(_ACTIVE, "snoozed_until", True, _UNREAD, -1, True),
    "delete": Verb(Q(deleted_at=None), "deleted_at", True, _UNREAD, -1, True),
}


def move(
    inbox: Inbox,
    name: str,
    verb: Verb,
    rows: NotificationQuerySet,
    which: Selection,
    moment: datetime | None = None,
) -> Change | None:
    """Move rows of a locked inbox into a new state, and keep its counters.

    Args:
        inbox: the inbox, inside `in_one_revision()`.
        name: what browsers call the change.
        verb: the change.
        rows: the rows it concerns.
        which: the same rows as browsers are told of them: ``ids`` or ``upto``.
        moment: the timestamp to set; now, when None.

    Returns:
        What browsers are told; None when there were no rows.
    """
    found = rows.aggregate(
        rows=Count("pk"),
        unread=Count("pk", filter=verb.counts),
        unseen=Count("pk", filter=verb.counts & Q(seq__gt=inbox.seen)),
    )
    if not found["rows"]:
        return None
    if name == "delete" and not settings.SOFT_DELETE:
        rows.erase()
        inbox.floor = inbox.rev  # no row is left to say that it is gone
    else:
        stamp = (moment or timezone.now()) if verb.stamped else None
        rows.update(rev=inbox.rev, **{verb.field: stamp})
    inbox.unread += verb.sign * found["unread"]
    inbox.unseen += verb.sign * found["unseen"]
    return cast("Change", {name: which}) if verb.told else _put_back(inbox, found["rows"])


def in_one_revision(user_id: Any, change: Callable[[Inbox], Change | None]) -> Frame:
    """Run a change under the lock of its inbox, as the next revision of it.

    Args:
        user_id: whose inbox.
        change: does it, sets the counters, and returns what browsers are told; None takes the
            revision back, as nothing has changed.

    Returns:
        The frame of the change, which is pushed to the owner's browsers after the commit.
    """
    database = router.db_for_write(Inbox)
    with transaction.atomic(using=database):
        inbox = _lock(user_id)
        told = change(inbox)
        if told is None:
            transaction.set_rollback(True, using=database)
        else:
            inbox.save(update_fields=["unread", "unseen", "seen", "floor"])
            frame: Frame = {**numbers_of(inbox), **told}
            transaction.on_commit(lambda: push.change(str(user_id), frame), using=database)
    if told is None:
        # It starts where it ends, so it moves no browser from where it is.
        standing = numbers_of(inbox_of(user_id))
        return {**standing, "from": standing["rev"]}
    return frame


def _lock(user_id: Any) -> Inbox:
    """Lock an inbox by adding 1 to its `rev`, and return it.

    Writing first is the lock on every database, SQLite too, where a transaction that began by
    reading may not write after another has written.
    """
    Inbox.objects.filter(pk=user_id).update(rev=F("rev") + 1)
    return Inbox.objects.filter(pk=user_id).first() or Inbox(pk=user_id, rev=1)


def _put_back(inbox: Inbox, changed: int) -> Change:
    """Tell of rows that browsers may not hold: whole, or, when they are many, to be asked for."""
    if changed > _TOLD_WHOLE:
        return {"from": inbox.rev}
    rows = Notification.objects.filter(user=inbox.pk, rev=inbox.rev).order_by("seq")
    return {"put": [items.item(row, inbox.seen) for row in rows.with_event()]}
