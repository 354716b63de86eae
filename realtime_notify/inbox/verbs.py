"""What the owner of an inbox does with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings as django_settings
from django.utils import timezone

from realtime_notify.exceptions import InvalidRequest
from realtime_notify.inbox.reading import owner_of, whole_number
from realtime_notify.inbox.revisions import VERBS, in_one_revision, move
from realtime_notify.models import Inbox, Notification
from realtime_notify.wire.protocol import MAX_IDS
from realtime_notify.wire.vocabulary import Change, Frame, Selection


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
    return _change(user, "read", ids, upto)


def mark_unread(
    user: object, *, ids: Iterable[int] | None = None, upto: int | None = None
) -> Frame:
    """Mark notifications as not read. See `mark_read()`."""
    return _change(user, "unread", ids, upto)


def archive(user: object, *, ids: Iterable[int] | None = None, upto: int | None = None) -> Frame:
    """Put notifications away, out of the list and the counters. See `mark_read()`."""
    return _change(user, "archive", ids, upto)


def unarchive(user: object, *, ids: Iterable[int] | None = None, upto: int | None = None) -> Frame:
    """Put archived notifications back into the list. See `mark_read()`."""
    return _change(user, "unarchive", ids, upto)


def delete(user: object, *, ids: Iterable[int] | None = None, upto: int | None = None) -> Frame:
    """Delete notifications, archived ones too. The rows stay as marks until they are pruned.

    See `mark_read()`.
    """
    return _change(user, "delete", ids, upto)


def mark_seen(user: object, *, upto: int) -> Frame:
    """Note that the owner has seen, read or not, all that had arrived at rev `upto`.

    The mark only ever moves up. See `mark_read()`.
    """
    upto = whole_number("upto", upto)

    def move_the_mark(inbox: Inbox) -> Change | None:
        mark = min(upto, inbox.rev - 1)
        if mark <= inbox.seen:
            return None
        inbox.seen = mark
        inbox.unseen = Notification.objects.unread().filter(user=inbox.pk, seq__gt=mark).count()
        return {"seen": {"upto": mark}}

    return in_one_revision(owner_of(user), move_the_mark)


def snooze(user: object, *, ids: Iterable[int], until: datetime | str) -> Frame:
    """Put notifications away until a moment, when they arrive again at the top.

    Args:
        user: the owner of the inbox, or their primary key.
        ids: these notifications.
        until: a moment to come, as a datetime or as ISO 8601.

    Raises:
        InvalidRequest: the moment is none, or has passed.
    """
    moment = _moment(until)
    return _change(user, "snooze", ids, None, moment)


def _change(
    user: object,
    name: str,
    ids: Iterable[int] | None,
    upto: int | None,
    moment: datetime | None = None,
) -> Frame:
    """Move the rows concerned into a new state."""
    if (ids is None) == (upto is None):
        raise InvalidRequest(
            "Pass either ids=[...] or upto=rev; upto= the inbox's own rev means everything so far."
        )
    verb = VERBS[name]
    chosen = None if ids is None else [whole_number("ids", pk) for pk in ids]
    if chosen is not None and len(chosen) > MAX_IDS:
        raise InvalidRequest(
            f"ids has {len(chosen)} numbers; the most is {MAX_IDS}. Pass upto=rev instead."
        )
    highest = None if upto is None else whole_number("upto", upto)

    def change_rows(inbox: Inbox) -> Change | None:
        rows = Notification.objects.filter(verb.concerns, user=inbox.pk)
        which: Selection
        if highest is not None:
            which = {"upto": min(highest, inbox.rev - 1)}
            rows = rows.filter(seq__lte=which["upto"])
        else:
            mine = rows.filter(pk__in=chosen or ()).values_list("pk", flat=True)
            which = {"ids": sorted(mine)}
            rows = rows.filter(pk__in=which["ids"])
        return move(inbox, name, verb, rows, which, moment)

    return in_one_revision(owner_of(user), change_rows)


def _moment(until: object) -> datetime:
    """Return a moment to come, like the project's other moments."""
    try:
        moment = datetime.fromisoformat(until) if isinstance(until, str) else until
    except ValueError:
        moment = None
    if not isinstance(moment, datetime):
        raise InvalidRequest(
            f"until must be a moment such as '2030-01-02T09:00:00Z', not {until!r}."
        )
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    if not django_settings.USE_TZ:
        moment = timezone.make_naive(moment)
    if moment <= timezone.now():
        raise InvalidRequest(f"until must be a moment to come, and {until!r} has passed.")
    return moment
