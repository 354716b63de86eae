"""The inbox's verbs: what the owner of an inbox, and nobody else, does with it.

They stand once, here, behind three doors: Python, the socket, HTTP. Each verb answers with the
frame that the socket's protocol ``rn.1`` uses for it (see docs/protocol.md), and tells every
browser of the owner after the commit. A verb that finds nothing to change changes nothing: `rev`
stays, and nobody is told.

Primary keys that belong to somebody else, or to nothing, are passed over without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.db import router, transaction
from django.db.models import Count, F, Model, Q, QuerySet
from django.utils import timezone

from realtime_notify import items
from realtime_notify.conf import settings
from realtime_notify.exceptions import InvalidRequest
from realtime_notify.live import push
from realtime_notify.models import Inbox, Notification
from realtime_notify.models.selections import NotificationQuerySet

Frame = dict[str, Any]

_LARGEST = 2**63 - 1
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
    upto = _number("upto", upto)

    def move_the_mark(inbox: Inbox) -> Frame | None:
        mark = min(upto, inbox.rev - 1)
        if mark <= inbox.seen:
            return None
        inbox.seen = mark
        inbox.unseen = Notification.objects.unread().filter(user=inbox.pk, seq__gt=mark).count()
        return {"seen": {"upto": mark}}

    return in_one_revision(_id_of(user), move_the_mark)


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


def counts(user: object) -> Frame:
    """Return the numbers of an inbox: `rev`, `unread` and `unseen`. One query of one row."""
    return _numbers(_inbox(_id_of(user)))


def unread_count(user: object) -> int:
    """Return how many notifications of `user` are unread. One query of one row."""
    return _inbox(_id_of(user)).unread


def page(
    user: object,
    *,
    before: str | None = None,
    limit: int | None = None,
    unread: bool = False,
    archived: bool = False,
) -> Frame:
    """Return one page of an inbox, newest first.

    Args:
        user: the owner of the inbox, or their primary key.
        before: the `next` of the page before, or None for the first.
        limit: how many, from 1 to `MAX_PAGE_SIZE`; `PAGE_SIZE` when None.
        unread: only what is not read.
        archived: what was archived, instead of the active notifications.

    Returns:
        `rev` (read before the rows: they are at least as new), `put` (the items) and `next` (the
        cursor of the next page, or None).

    Raises:
        InvalidRequest: the cursor is none of ours, or the limit is out of range.
    """
    size = settings.PAGE_SIZE if limit is None else limit
    if not 1 <= size <= settings.MAX_PAGE_SIZE:
        raise InvalidRequest(f"limit must be from 1 to {settings.MAX_PAGE_SIZE}, not {limit!r}.")
    inbox = _inbox(_id_of(user))
    rows = _page_rows(inbox, archived=archived)
    if unread:
        rows = rows.filter(read_at=None)
    if before is not None:
        rows = rows.filter(seq__lt=_seq_of(before))
    return {"rev": inbox.rev, **_cut(rows, size, inbox.seen)}


def sync(user: object, since: int | None = None) -> Frame:
    """Return what changed in an inbox since it was at rev `since`: the rows, as they are now.

    Who missed more than `SYNC_LIMIT` changes, who has never been here (`since` None), and who is
    ahead of the inbox (a database was restored) gets the first page afresh, with ``reset``.

    Raises:
        InvalidRequest: `since` is not a whole number, or is negative.
    """
    # The inbox is read before the rows, so the rows are at least as new as `rev` says. Were they
    # read first, a change between the two reads would be skipped for ever.
    inbox = _inbox(_id_of(user))
    frame = {**_numbers(inbox), "seen": {"upto": inbox.seen}}
    if since is not None and inbox.floor <= _number("since", since) <= inbox.rev:
        rows = _notifications().filter(user=inbox.pk, rev__gt=since).order_by("rev")
        changed = list(rows.with_event()[: settings.SYNC_LIMIT + 1])
        if len(changed) <= settings.SYNC_LIMIT:
            return {**frame, "from": since, "put": [items.item(row, inbox.seen) for row in changed]}
    first = _cut(_page_rows(inbox, archived=False), settings.PAGE_SIZE, inbox.seen)
    return {**frame, "reset": True, **first}


def perform(user: object, verb: str, arguments: dict[str, Any]) -> Frame:
    """Do what a frame or a request asks for: the one dispatcher behind the socket and HTTP.

    Args:
        user: the owner of the inbox, or their primary key.
        verb: a command of protocol ``rn.1``: ``read``, ``page``, ``sync`` and so on.
        arguments: the command's fields, validated by `realtime_notify.live.protocol`.

    Raises:
        InvalidRequest: there is no such verb, or its arguments make no sense.
    """
    try:
        act = PERFORMED[verb]
    except KeyError:
        raise InvalidRequest(
            f"There is no verb {verb!r}; there are: {', '.join(PERFORMED)}."
        ) from None
    return act(user, **arguments)


PERFORMED: dict[str, Callable[..., Frame]] = {
    "read": mark_read,
    "unread": mark_unread,
    "seen": mark_seen,
    "archive": archive,
    "unarchive": unarchive,
    "snooze": snooze,
    "delete": delete,
    "sync": sync,
    "page": page,
}

amark_read = sync_to_async(mark_read)
amark_unread = sync_to_async(mark_unread)
amark_seen = sync_to_async(mark_seen)
asnooze = sync_to_async(snooze)
aarchive = sync_to_async(archive)
aunarchive = sync_to_async(unarchive)
adelete = sync_to_async(delete)
acounts = sync_to_async(counts)
aunread_count = sync_to_async(unread_count)
apage = sync_to_async(page)


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
    chosen = None if ids is None else [_number("ids", pk) for pk in ids]
    highest = None if upto is None else _number("upto", upto)

    def change_rows(inbox: Inbox) -> Frame | None:
        rows = Notification.objects.filter(verb.concerns, user=inbox.pk)
        which: Frame
        if highest is not None:
            which = {"upto": min(highest, inbox.rev - 1)}
            rows = rows.filter(seq__lte=which["upto"])
        else:
            mine = rows.filter(pk__in=chosen or ()).values_list("pk", flat=True)
            which = {"ids": sorted(mine)}
            rows = rows.filter(pk__in=which["ids"])
        return move(inbox, name, verb, rows, which, moment)

    return in_one_revision(_id_of(user), change_rows)


def move(
    inbox: Inbox,
    name: str,
    verb: Verb,
    rows: NotificationQuerySet,
    which: Frame,
    moment: datetime | None = None,
) -> Frame | None:
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
    return {name: which} if verb.told else _put_back(inbox, found["rows"])


def in_one_revision(user_id: Any, change: Callable[[Inbox], Frame | None]) -> Frame:
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
            frame = {**_numbers(inbox), **told}
            transaction.on_commit(lambda: push.change(str(user_id), frame), using=database)
    if told is None:
        # It starts where it ends, so it moves no browser from where it is.
        standing = _numbers(_inbox(user_id))
        return {**standing, "from": standing["rev"]}
    return frame


def _lock(user_id: Any) -> Inbox:
    """Lock an inbox by adding 1 to its `rev`, and return it.

    Writing first is the lock on every database, SQLite too, where a transaction that began by
    reading may not write after another has written.
    """
    Inbox.objects.filter(pk=user_id).update(rev=F("rev") + 1)
    return Inbox.objects.filter(pk=user_id).first() or Inbox(pk=user_id, rev=1)


def _put_back(inbox: Inbox, changed: int) -> Frame:
    """Tell of rows that browsers may not hold: whole, or, when they are many, to be asked for."""
    if changed > _TOLD_WHOLE:
        return {"from": inbox.rev}
    rows = Notification.objects.filter(user=inbox.pk, rev=inbox.rev).order_by("seq")
    return {"put": [items.item(row, inbox.seen) for row in rows.with_event()]}


def _numbers(inbox: Inbox) -> Frame:
    return {"rev": inbox.rev, "unread": inbox.unread, "unseen": inbox.unseen}


def _inbox(user_id: Any) -> Inbox:
    """The inbox as it is, or the empty one of somebody who never had a notification."""
    return _inboxes().filter(pk=user_id).first() or Inbox(pk=user_id)


def _inboxes() -> QuerySet[Inbox]:
    """Inboxes where they are written: a replica may lag behind what browsers were told."""
    return Inbox.objects.using(router.db_for_write(Inbox))


def _notifications() -> NotificationQuerySet:
    """Notifications where they are written."""
    return Notification.objects.using(router.db_for_write(Notification))


def _page_rows(inbox: Inbox, *, archived: bool) -> NotificationQuerySet:
    rows = _notifications().filter(user=inbox.pk).order_by("-seq").with_event()
    return rows.archived() if archived else rows.active()


def _cut(rows: NotificationQuerySet, size: int, seen: int) -> Frame:
    found = list(rows[: size + 1])
    more, shown = len(found) > size, found[:size]
    return {
        "put": [items.item(row, seen) for row in shown],
        "next": str(shown[-1].seq) if more else None,
    }


def _seq_of(cursor: object) -> int:
    if isinstance(cursor, str) and cursor.isascii() and cursor.isdigit():
        return min(int(cursor[:20]), _LARGEST)
    raise InvalidRequest(f"{cursor!r} is no cursor; pass the `next` of the page before.")


def _number(name: str, value: object) -> int:
    """Return a whole number from 0 on, cut to what databases hold."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InvalidRequest(f"{name} must be whole numbers from 0 on, not {value!r}.")
    return min(value, _LARGEST)


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


def _id_of(user: object) -> Any:
    return user.pk if isinstance(user, Model) else user
