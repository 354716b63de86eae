"""Bulk changes: what stands behind the methods of `Notification` and its querysets.

Each owner's notifications change in revisions of their inbox, as by the verbs in
`realtime_notify.inbox`, so that counters hold and open browsers follow. Those verbs leave deleted
notifications alone; these, which the project's own code calls, do not.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any

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
    found = rows.filter(transition.concerned()).order_by("user_id", "pk")
    changed = 0
    for user_id, pairs in groupby(found.values_list("user_id", "pk"), key=itemgetter(0)):
        pks = list(dict.fromkeys(pk for _, pk in pairs))
        for start in range(0, len(pks), MAX_ROWS):
            changed += _change(user_id, pks[start : start + MAX_ROWS], transition)
    return changed


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
