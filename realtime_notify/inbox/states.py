"""The state of inboxes: what changed in each since a revision, or its first page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from realtime_notify.conf import settings
from realtime_notify.inbox import items
from realtime_notify.inbox.reading import (
    cut,
    inbox_of,
    numbers_of,
    owner_of,
    page_rows,
    whole_number,
)
from realtime_notify.inbox.whose import name_of
from realtime_notify.models import Notification
from realtime_notify.wire.vocabulary import Frame


class Ask(NamedTuple):
    """What one client asks for.

    Attributes:
        user: the primary key of the owner of the inbox.
        since: the rev that the client is at; None on a first visit.
        inbox: the `inbox` that came with that rev; None if the client keeps none.
    """

    user: Any
    since: int | None = None
    inbox: str | None = None


def states(asks: Sequence[Ask]) -> list[Frame]:
    """Return what changed in inboxes since a rev: the rows, as they are now.

    An answer is the first page, with ``reset``, when more than `SYNC_LIMIT` rows changed, when
    `since` is None (a first visit) or outside of what the inbox can tell, and when `inbox` is not
    this inbox: it is somebody else's, or the database was restored.

    Args:
        asks: who asks, and what each of them has.

    Returns:
        The frames, in the order of the asks.

    Raises:
        InvalidRequest: a `since` is not a whole number from 0.
    """
    return [_state(ask) for ask in asks]


def sync(user: object, since: int | None = None, inbox: str | None = None) -> Frame:
    """Return what changed in one inbox since a rev, as `states()` does for many.

    Args:
        user: the owner of the inbox, or their primary key.
        since: the rev that the client is at; None on a first visit.
        inbox: the `inbox` that came with that rev.

    Raises:
        InvalidRequest: `since` is not a whole number from 0.
    """
    (frame,) = states([Ask(owner_of(user), since, inbox)])
    return frame


def _state(ask: Ask) -> Frame:
    # The inbox is read before the rows, so the rows are at least as new as `rev`. In the other
    # order, a change between the two reads would be skipped for ever.
    inbox, since = inbox_of(ask.user), ask.since
    name = name_of(inbox.pk, "")
    frame: Frame = {**numbers_of(inbox), "inbox": name, "seen": {"upto": inbox.seen}}
    is_same = ask.inbox in (None, name)
    if since is not None and inbox.floor <= whole_number("since", since) <= inbox.rev and is_same:
        rows = Notification.objects.filter(user=inbox.pk, rev__gt=since).order_by("rev")
        changed = list(rows.with_event()[: settings.SYNC_LIMIT + 1])
        if len(changed) <= settings.SYNC_LIMIT:
            return {**frame, "from": since, "put": [items.item(row, inbox.seen) for row in changed]}
    first = cut(inbox, page_rows(inbox, archived=False), settings.PAGE_SIZE)
    return {**frame, "reset": True, **first}
