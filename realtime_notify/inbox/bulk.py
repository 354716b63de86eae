"""Bulk changes: what stands behind the methods of `Notification` and its querysets.

Each owner's notifications change in revisions of their inbox, as by the verbs in
`realtime_notify.inbox`, so that counters hold and open browsers follow. Those verbs leave deleted
notifications alone; these, which the project's own code calls, do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Q

from realtime_notify.inbox.revisions import revision_of
from realtime_notify.inbox.transitions import (
    DELETE,
    MARK_ANY_READ,
    MARK_ANY_UNREAD,
    RESTORE,
    Transition,
)
from realtime_notify.models import Notification
from realtime_notify.models.querysets import NotificationQuerySet

__all__ = ["DELETE", "MARK_ANY_READ", "MARK_ANY_UNREAD", "RESTORE", "change_all", "change_one"]

MAX_ROWS = 1000
"""Rows changed in one revision: the frame that tells browsers of it lists their ids."""


def change_all(rows: NotificationQuerySet, transition: Transition) -> int:
    """Move notifications of any number of people into a new state.

    Inboxes change one after the other, in the order in which delivery locks them.

    Args:
        rows: the notifications; those in the new state already are passed over.
        transition: the change.

    Returns:
        How many notifications changed.
    """
    changed = 0
    for portion in _portions(rows.filter(transition.concerned())):
        for user_id, own in groupby(portion, key=itemgetter(0)):
            changed += _change(user_id, [pk for _, _, pk in own], transition)
    return changed


def _portions(rows: NotificationQuerySet) -> Iterator[list[tuple[Any, int, int]]]:
    """Yield the owner, `rev` and primary key of each row, `MAX_ROWS` rows at a time.

    No cursor is open while rows change, which not every database bears. A row that changes moves
    to a later `rev` and no longer meets the condition, so that the next portion begins behind it.
    """
    found = rows.order_by("user_id", "rev", "pk").values_list("user_id", "rev", "pk")
    portion = list(found[:MAX_ROWS])
    while portion:
        yield list(dict.fromkeys(portion))  # a join may find a row twice
        user_id, rev, pk = portion[-1]
        same = found.filter(Q(rev__gt=rev) | Q(pk__gt=pk), user_id=user_id, rev__gte=rev)
        portion = list(same[:MAX_ROWS]) or list(found.filter(user_id__gt=user_id)[:MAX_ROWS])


def change_one(notification: Notification, transition: Transition) -> int:
    """Move one notification into a new state, and update the instance.

    Returns:
        1, or 0 when it was in that state already.
    """
    changed = _change(notification.user_id, [notification.pk], transition)
    columns = ("rev", transition.sets or transition.clears)
    row = Notification.objects.filter(pk=notification.pk).values(*columns).first()
    for column, value in (row or {}).items():
        setattr(notification, column, value)
    return changed


def _change(user_id: Any, pks: Iterable[int], transition: Transition) -> int:
    with revision_of(user_id) as revision:
        return revision.change(transition, ids=pks)
