"""Bulk changes: what stands behind the methods of `Notification` and its querysets.

Each owner's notifications change in revisions of their inbox, as by the verbs in
`realtime_notify.inbox`, so that counters hold and open browsers follow. Those verbs leave deleted
notifications alone; these, which the project's own code calls, do not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Q
from django.utils import timezone

from realtime_notify.inbox.revisions import revision_of
from realtime_notify.inbox.transitions import (
    DELETE,
    MARK_READ,
    MARK_UNREAD,
    RESTORE,
    Transition,
)
from realtime_notify.models import Notification
from realtime_notify.models.querysets import NotificationQuerySet

MAX_ROWS = 1000
"""Rows changed in one revision: the frame that tells browsers of it lists their ids."""

_TRANSITIONS = {
    "read": replace(MARK_READ, applies_to=Q(read_at=None)),
    "unread": replace(MARK_UNREAD, applies_to=Q(read_at__isnull=False)),
    "delete": DELETE,
    "restore": RESTORE,
}


def mark_all(rows: NotificationQuerySet, name: str) -> int:
    """Move notifications of any number of people into a new state.

    Inboxes change one after the other, in the order in which delivery locks them.

    Args:
        rows: the notifications; those in the new state already are passed over.
        name: "read", "unread", "delete" or "restore".

    Returns:
        How many notifications changed.
    """
    transition = _transition(name)
    found = rows.filter(transition.applies_to).order_by("user_id", "pk")
    changed = 0
    for user_id, pairs in groupby(found.values_list("user_id", "pk"), key=itemgetter(0)):
        pks = list(dict.fromkeys(pk for _, pk in pairs))
        for start in range(0, len(pks), MAX_ROWS):
            changed += _mark(user_id, pks[start : start + MAX_ROWS], transition)
    return changed


def mark(notification: Notification, name: str) -> int:
    """Move one notification into a new state, and update the instance.

    Returns:
        1, or 0 when it was in that state already.
    """
    transition = _transition(name)
    changed = _mark(notification.user_id, [notification.pk], transition)
    columns = ("rev", transition.sets or transition.clears)
    row = Notification.objects.filter(pk=notification.pk).values(*columns).first()
    for column, value in (row or {}).items():
        setattr(notification, column, value)
    return changed


def _mark(user_id: Any, pks: Iterable[int], transition: Transition) -> int:
    with revision_of(user_id) as revision:
        return revision.change(transition, ids=pks)


def _transition(name: str) -> Transition:
    transition = _TRANSITIONS[name]
    if transition is RESTORE:
        expired = Q(event__expires_at__lte=timezone.now())
        return replace(RESTORE, applies_to=RESTORE.applies_to & ~expired)
    return transition
