"""Pruning: notifications that leave their inboxes for good, rows and all.

A browser that was offline learns what has changed from the rows that changed. A row that is gone
says nothing, so `Inbox.floor` rises: browsers at an earlier revision reload the inbox.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import connections, transaction
from django.db.models import Q

from realtime_notify.conf import settings
from realtime_notify.inbox import numbers
from realtime_notify.inbox.numbers import Numbers
from realtime_notify.models import Inbox, Notification
from realtime_notify.models.arrays import among
from realtime_notify.models.transactions import writing
from realtime_notify.wire import push
from realtime_notify.wire.vocabulary import Frame


class Pruned(NamedTuple):
    """What one transaction removed.

    Attributes:
        notifications: how many rows it removed.
        inboxes: from how many inboxes.
        busy: the owners it passed over, because somebody else was changing their inbox.
    """

    notifications: int
    inboxes: int
    busy: set[Any]


class _Row(NamedTuple):
    """A notification that goes."""

    pk: int
    user: Any
    seq: int
    rev: int
    is_shown: bool
    is_unread: bool


def prune(users: Collection[Any], pks: Collection[int], doomed: Q, *, wait: bool = False) -> Pruned:
    """Remove notifications for good, in one transaction.

    Rows that browsers may show go by the next revision of their inbox, which open browsers hear of.
    Rows that were deleted before are shown by nobody who has heard of it, and need no revision.

    Args:
        users: the owners; a few hundred at most, since their inboxes are locked together.
        pks: the primary keys of the notifications.
        doomed: the condition that they met. It is asked again under the locks.
        wait: whether to wait for what somebody else has locked, instead of passing it over.
    """
    with writing(Inbox) as database:
        inboxes = numbers.lock(users, wait=wait)
        rows = _doomed_rows(inboxes, pks, doomed, wait)
        frames = {}
        changed = {}
        for user, own in groupby(rows, key=attrgetter("user")):
            changed[user] = inboxes[user]
            if frame := _remove(list(own), inboxes[user]):
                frames[user] = frame
        Notification.objects.filter(among("pk", [row.pk for row in rows])).only("pk").erase()
        numbers.save(changed, "rev", "unread", "unseen", "floor")
        transaction.on_commit(partial(_push, frames), using=database)
    return Pruned(len(rows), len(changed), set(users) - inboxes.keys())


def _doomed_rows(
    inboxes: Collection[Any], pks: Collection[int], doomed: Q, wait: bool
) -> list[_Row]:
    """Return the rows that still meet the condition, by owner, and lock them.

    A few changes of a row lock no inbox: it is marked as sent, or its subscription is deleted.
    Waiting for those under the lock of an inbox could be waiting in a circle.
    """
    rows = Notification.objects.filter(doomed, among("user", inboxes), among("pk", pks))
    features = connections[rows.db].features
    if features.has_select_for_update:
        of = ("self",) if features.has_select_for_update_of else ()
        skips = features.has_select_for_update_skip_locked and not wait
        rows = rows.select_for_update(of=of, skip_locked=skips)
    columns = ("pk", "user_id", "seq", "rev", "deleted_at", "archived_at", "snoozed_until")
    found = []
    for pk, user, seq, rev, deleted, *away, read in rows.order_by("user", "pk").values_list(
        *columns, "read_at"
    ):
        is_unread = not any((deleted, *away, read))
        found.append(_Row(pk, user, seq, rev, deleted is None, is_unread))
    return found


def _remove(rows: list[_Row], inbox: Numbers) -> Frame | None:
    """Count rows out of their inbox, and return the frame for the browsers that show some."""
    shown = sorted(row.pk for row in rows if row.is_shown)
    if not shown:
        inbox.floor = max(inbox.floor, *(row.rev for row in rows))
        return None
    inbox.rev += 1
    inbox.floor = inbox.rev
    inbox.unread -= sum(row.is_unread for row in rows)
    inbox.unseen -= sum(row.is_unread and row.seq > inbox.seen for row in rows)
    return {
        "rev": inbox.rev,
        "unread": inbox.unread,
        "unseen": inbox.unseen,
        "delete": {"ids": shown},
    }


def _push(frames: dict[Any, Frame]) -> None:
    """Tell a few browsers. Many follow by the heal query, as when an event expires."""
    if len(frames) <= settings.SMALL_AUDIENCE:
        for user, frame in frames.items():
            push.change(str(user), frame)
