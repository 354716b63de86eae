"""Holders of an event: what changes in every inbox that holds it, thousands in a few statements.

An event leaves its inboxes when it expires or is withdrawn, and shows another text when it is
edited. Each inbox changes by a revision of its own, so browsers learn of it as of anything else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db import router, transaction
from django.utils import timezone

from realtime_notify.conf import settings
from realtime_notify.inbox import items, numbers, repeats
from realtime_notify.inbox.numbers import Numbers
from realtime_notify.models import Event, Notification, locks
from realtime_notify.models.arrays import among, update_rows
from realtime_notify.models.querysets import NotificationQuerySet
from realtime_notify.wire import push
from realtime_notify.wire.vocabulary import Frame


class Step(NamedTuple):
    """What one call did.

    Attributes:
        changed: how many notifications changed.
        busy: how many were passed over, because somebody else had locked their inbox.
        last: the last user who was looked at; None if nobody comes later.
    """

    changed: int
    busy: int
    last: Any


def remove(event: Event, limit: int, after: Any = None) -> Step | None:
    """Delete the notifications of an event.

    Those that repeats collapsed into stay, if an event before still stands, and show that one.
    Inboxes that somebody else has locked are passed over, where the database can.

    Args:
        event: the event, which the caller's transaction has locked.
        limit: the most notifications to look at.
        after: look at the notifications of later users only; None for all.

    Returns:
        What was done; None when no inbox holds the event any more.
    """
    return _change(_held(event), partial(_remove, event), limit, after)


def show_edition(event: Event, limit: int, after: Any = None) -> Step | None:
    """Let the notifications of an event show its newest edition; read ones stay read.

    Args:
        event, limit, after: as for `remove()`.

    Returns:
        What was done; None when every inbox that holds the event shows the newest edition.
    """
    behind = _held(event).filter(edition__lt=event.edition)
    return _change(behind, partial(_show_edition, event), limit, after)


def _held(event: Event) -> NotificationQuerySet:
    rows: NotificationQuerySet = Notification.objects.filter(event=event.pk, deleted_at=None)
    return rows.order_by("user_id")


def _change(
    rows: NotificationQuerySet,
    change: Callable[[list[Notification], dict[Any, Numbers]], None],
    limit: int,
    after: Any,
) -> Step | None:
    """Change the next rows, one of each owner, as the next revisions of their inboxes.

    Args:
        rows: all rows that are to change, in the order of their owners.
        change: changes and saves rows whose inboxes are locked. The inboxes are at the new `rev`
            already; their counters are up to the function.
        limit, after: as for `remove()`.
    """
    if after is not None:
        rows = rows.filter(user__gt=after)
    owners = list(rows.values_list("user_id", flat=True)[:limit])
    if not owners:
        return None if after is None else Step(0, 0, None)
    inboxes = _lock(owners)
    # Read under the locks: somebody may have read or deleted one of them a moment ago.
    found = list(rows.filter(among("user", list(inboxes)))) if inboxes else []
    inboxes = {row.user_id: inboxes[row.user_id] for row in found}
    for row in found:
        inbox = inboxes[row.user_id]
        inbox.rev += 1
        row.rev = inbox.rev
    if found:
        change(found, inboxes)
        numbers.save(inboxes, "rev", "unread", "unseen")
        _announce(found, inboxes)
    return Step(len(found), len(owners) - len(found), owners[-1] if len(owners) == limit else None)


def _lock(owners: list[Any]) -> dict[Any, Numbers]:
    """Lock the inboxes of those whom nobody else is changing, without waiting.

    The users come first: on MariaDB a changed fingerprint checks the foreign key of its user, and
    would wait for somebody who has saved the user and now wants the inbox.
    """
    return numbers.lock(locks.keep(get_user_model(), owners), wait=False)


def _remove(event: Event, rows: list[Notification], inboxes: dict[Any, Numbers]) -> None:
    back = repeats.go_back(event, rows, inboxes)
    stay = {row.pk for row in back}
    gone = [row for row in rows if row.pk not in stay]
    now = timezone.now()
    for row in gone:
        inbox = inboxes[row.user_id]
        is_unread = not (row.read_at or row.archived_at or row.snoozed_until)
        inbox.unread -= is_unread
        inbox.unseen -= is_unread and row.seq > inbox.seen
        row.deleted_at = now
    _update(gone, "deleted_at")
    _update(back, "event_id", "edition", "occurrences")


def _show_edition(event: Event, rows: list[Notification], _: dict[Any, Numbers]) -> None:
    for row in rows:
        row.event, row.edition, row.fingerprint = event, event.edition, event.fingerprint
    _update(rows, "edition", "fingerprint")


def _update(rows: list[Notification], *names: str) -> None:
    """Save the `rev` of each row, and some more of its columns."""
    if rows:
        columns = ("id", "rev", *names)
        update_rows(Notification, {name: [getattr(row, name) for row in rows] for name in columns})


def _announce(rows: list[Notification], inboxes: dict[Any, Numbers]) -> None:
    """Push the changes after the commit, if there are few.

    Larger audiences follow by the heal query, within seconds.
    """
    if len(rows) <= settings.SMALL_AUDIENCE:
        frames = [(str(row.user_id), _frame(row, inboxes[row.user_id])) for row in rows]
        transaction.on_commit(partial(_push, frames), using=router.db_for_write(Notification))


def _frame(row: Notification, inbox: Numbers) -> Frame:
    counters: Frame = {"rev": inbox.rev, "unread": inbox.unread, "unseen": inbox.unseen}
    if row.deleted_at is not None:
        return {**counters, "delete": {"ids": [row.pk]}}
    return {**counters, **items.pushed(row, inbox.seen)}


def _push(frames: list[tuple[str, Frame]]) -> None:
    for user, frame in frames:
        push.change(user, frame)
