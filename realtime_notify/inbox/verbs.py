"""What the owner of an inbox can do with it: mark, archive, snooze, delete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils import timezone

from realtime_notify.exceptions import InvalidRequest
from realtime_notify.inbox.reading import owner_of, whole_number
from realtime_notify.inbox.revisions import revision_of
from realtime_notify.inbox.transitions import (
    ARCHIVE,
    DELETE,
    MARK_READ,
    MARK_UNREAD,
    SNOOZE,
    UNARCHIVE,
    Transition,
)
from realtime_notify.models.moments import stored
from realtime_notify.wire.protocol import MAX_IDS
from realtime_notify.wire.vocabulary import Frame


def mark_read(user: object, *, ids: Iterable[int] | None = None, upto: int | None = None) -> Frame:
    """Mark notifications of `user` as read.

    Args:
        user: the owner of the inbox, or their primary key.
        ids: these notifications.
        upto: instead of `ids`, everything that had arrived when the inbox was at this `rev`. What
            arrives later, even while this runs, stays unread.

    Returns:
        The frame of the change: `rev`, `unread`, `unseen`, and what changed.

    Raises:
        InvalidRequest: not exactly one of `ids` and `upto` was given, or not whole numbers.
    """
    return _change(user, MARK_READ, ids, upto)


def mark_unread(
    user: object, *, ids: Iterable[int] | None = None, upto: int | None = None
) -> Frame:
    """Mark notifications as not read. See `mark_read()`."""
    return _change(user, MARK_UNREAD, ids, upto)


def archive(user: object, *, ids: Iterable[int] | None = None, upto: int | None = None) -> Frame:
    """Put notifications away, out of the list and the counters. See `mark_read()`."""
    return _change(user, ARCHIVE, ids, upto)


def unarchive(user: object, *, ids: Iterable[int] | None = None, upto: int | None = None) -> Frame:
    """Put archived notifications back into the list. See `mark_read()`."""
    return _change(user, UNARCHIVE, ids, upto)


def delete(user: object, *, ids: Iterable[int] | None = None, upto: int | None = None) -> Frame:
    """Delete notifications, archived ones too. The rows stay as marks until they are pruned.

    See `mark_read()`.
    """
    return _change(user, DELETE, ids, upto)


def mark_seen(user: object, *, upto: int) -> Frame:
    """Note that the owner has seen, read or not, all that had arrived at rev `upto`.

    The mark only ever moves up. See `mark_read()`.
    """
    with revision_of(owner_of(user)) as revision:
        revision.mark_seen(whole_number("upto", upto))
    return revision.frame


def snooze(user: object, *, ids: Iterable[int], until: datetime | str) -> Frame:
    """Put notifications away until a moment, when they arrive again at the top.

    Args:
        user: the owner of the inbox, or their primary key.
        ids: these notifications.
        until: a moment in the future, as a datetime or as ISO 8601.

    Raises:
        InvalidRequest: `until` is not a moment, or has passed.
    """
    moment = _future(until)
    return _change(user, SNOOZE, ids, None, moment)


def _change(
    user: object,
    transition: Transition,
    ids: Iterable[int] | None,
    upto: int | None,
    moment: datetime | None = None,
) -> Frame:
    """Check which notifications are meant, and move them into a new state."""
    if (ids is None) == (upto is None):
        raise InvalidRequest(
            "Pass either ids=[...] or upto=rev; upto= the inbox's own rev means everything so far."
        )
    if ids is not None:
        if isinstance(ids, str | Mapping) or not isinstance(ids, Iterable):
            raise InvalidRequest(f"ids must be a list of whole numbers, not {ids!r}.")
        ids = [whole_number("ids", pk) for pk in ids]
        if len(ids) > MAX_IDS:
            raise InvalidRequest(
                f"ids has {len(ids)} numbers; the most is {MAX_IDS}. Pass upto=rev instead."
            )
    if upto is not None:
        upto = whole_number("upto", upto)
    with revision_of(owner_of(user)) as revision:
        revision.change(transition, ids=ids, upto=upto, moment=moment)
    return revision.frame


def _future(until: object) -> datetime:
    """Return a moment in the future, as the project stores moments."""
    try:
        moment = datetime.fromisoformat(until) if isinstance(until, str) else until
        moment = stored(moment) if isinstance(moment, datetime) else None
    except ValueError:
        moment = None
    if moment is None:
        raise InvalidRequest(
            f"until must be a moment such as '2030-01-02T09:00:00Z', not {until!r}."
        )
    if moment <= timezone.now():
        raise InvalidRequest(f"until must be a moment in the future; {until!r} has passed.")
    return moment
