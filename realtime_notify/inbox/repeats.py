"""Repeats that are taken back: a notification shows the event before, if that one still stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from realtime_notify import audience
from realtime_notify.inbox.numbers import Numbers
from realtime_notify.models import Event, Notification, locks
from realtime_notify.models.arrays import among
from realtime_notify.models.media import INBOX

MOST = 5
"""How many earlier events to look at."""


def go_back(
    event: Event, rows: Sequence[Notification], inboxes: Mapping[Any, Numbers]
) -> list[Notification]:
    """Let notifications show an earlier event that had collapsed into them; nothing is saved.

    Which events these were is not stored. They say the same and concern the owner, their delivery
    is over, and the owner has no other notification of them.

    Args:
        event: the event that the notifications show, and that is to go.
        rows: the notifications.
        inboxes: their inboxes, which are locked.

    Returns:
        Those that show an earlier event now. The others have nothing else to show.
    """
    repeated = {row.user_id: row for row in rows if row.occurrences > 1}
    changed: list[Notification] = []
    for earlier in _earlier(event) if repeated else ():
        number = earlier.number or 0
        users = [user for user in repeated if number <= inboxes[user].caught_up]
        for user in _reached(earlier, users):
            row = repeated.pop(user)
            row.event, row.edition = earlier, earlier.edition
            row.occurrences -= 1
            changed.append(row)
    return changed


def _earlier(event: Event) -> list[Event]:
    """Return earlier events that say the same, newest first; nobody removes them meanwhile."""
    same = Event.objects.filter(fingerprint=event.fingerprint, pk__lt=event.pk)
    standing = same.filter(delivered_at__isnull=False).unexpired().not_withdrawn()
    pks = locks.keep_all(standing.order_by("-pk")[:MOST], wait=True)
    return list(Event.objects.filter(pk__in=pks).select_related("type").order_by("-pk"))


def _reached(event: Event, users: Collection[Any]) -> list[Any]:
    """Return those of the users whom an event concerns, and who have no notification of it."""
    concerned = audience.concerned([event], users)[INBOX][event.pk] if users else {}
    theirs = Notification.objects.filter(among("user", list(concerned)), event=event.pk)
    have = set(theirs.values_list("user_id", flat=True)) if concerned else set()
    return [user for user in concerned if user not in have]
