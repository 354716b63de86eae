"""Marking rows at hand: what stands behind the verbs of `Notification` and its querysets.

Each owner's rows change in revisions of their inbox, as by the verbs in `realtime_notify.inbox`,
so that counters hold and open browsers follow. Those verbs pass over what was deleted; these, which
are called by the project's own code, do not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Q
from django.utils import timezone

from realtime_notify.inbox.revisions import VERBS, Verb, in_one_revision, move
from realtime_notify.models import Inbox, Notification
from realtime_notify.models.selections import NotificationQuerySet
from realtime_notify.wire.vocabulary import Change

AT_ONCE = 1000
"""Rows in one revision: the frame that tells of it lists them all."""

CHANGES: dict[str, Verb] = {
    "read": replace(VERBS["read"], concerns=Q(read_at=None)),
    "unread": replace(VERBS["unread"], concerns=Q(read_at__isnull=False)),
    "delete": VERBS["delete"],
    "restore": Verb(
        concerns=Q(deleted_at__isnull=False),
        field="deleted_at",
        stamped=False,
        counts=Q(archived_at=None, snoozed_until=None, read_at=None),
        sign=1,
        told=False,
    ),
}
"""The changes by name, each with the rows that are not in its new state yet."""


def mark_all(rows: NotificationQuerySet, name: str) -> int:
    """Move notifications of any number of people into a new state.

    People come one after the other, in the order in which delivery locks their inboxes.

    Args:
        rows: the notifications; those in the new state already are passed over.
        name: one of `CHANGES`.

    Returns:
        How many have changed.
    """
    found = rows.filter(_concerned(name)).order_by("user_id", "pk").values_list("user_id", "pk")
    changed = 0
    for user_id, pairs in groupby(found, key=itemgetter(0)):
        pks = list(dict.fromkeys(pk for _, pk in pairs))
        for start in range(0, len(pks), AT_ONCE):
            changed += _mark(user_id, pks[start : start + AT_ONCE], name)
    return changed


def mark(notification: Notification, name: str) -> int:
    """Move one notification into a new state, and let the instance follow.

    Returns:
        1, or 0 when it was in that state already.
    """
    changed = _mark(notification.user_id, [notification.pk], name)
    fields = ["rev", CHANGES[name].field]
    row = Notification.objects.filter(pk=notification.pk).values(*fields).first()
    for field, value in (row or {}).items():
        setattr(notification, field, value)
    return changed


def _mark(user_id: Any, pks: Iterable[int], name: str) -> int:
    changed: list[int] = []

    def change(inbox: Inbox) -> Change | None:
        rows = Notification.objects.filter(_concerned(name), user=inbox.pk, pk__in=pks)
        changed.extend(rows.order_by("pk").values_list("pk", flat=True))
        mine = Notification.objects.filter(pk__in=changed)
        return move(inbox, name, CHANGES[name], mine, {"ids": changed})

    in_one_revision(user_id, change)
    return len(changed)


def _concerned(name: str) -> Q:
    concerns = CHANGES[name].concerns
    if name == "restore":
        expired = Q(event__expires_at__lte=timezone.now())
        return concerns & ~expired
    return concerns
