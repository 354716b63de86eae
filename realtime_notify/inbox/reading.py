"""Reading an inbox: its counters and its pages. `syncing` has what changed since a revision.

Whoever reads an inbox takes in the broadcasts that it lacks first: no reader sees an inbox that is
behind.
"""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import connections, router
from django.db.models import Model

from realtime_notify.conf import settings
from realtime_notify.exceptions import InvalidRequest
from realtime_notify.inbox import broadcasts, items
from realtime_notify.inbox.inboxes import inbox_of, numbers_of, read
from realtime_notify.inbox.items import SharedFields
from realtime_notify.models import Inbox, Notification
from realtime_notify.models.arrays import among
from realtime_notify.models.objects import is_saved, named, user_pk
from realtime_notify.models.querysets import NotificationQuerySet
from realtime_notify.wire.vocabulary import Frame

logger = logging.getLogger(__name__)

_LARGEST = 2**63 - 1
GROUP_SCAN = 500
"""How many notifications a page of a type group looks at."""


def counts(user: object) -> Frame:
    """Return `rev`, `unread` and `unseen` of an inbox; one query of one row."""
    return numbers_of(inbox_of(owner_of(user)))


def unread_count(user: object) -> int:
    """Return how many notifications of a user are unread; one query of one row.

    Inside a transaction, whose locks would last until its end, and where the database refuses to
    write, broadcasts that were not taken in yet are counted and not taken in.
    """
    inbox, is_behind = read(owner_of(user))
    if not is_behind:
        return inbox.unread
    in_transaction = connections[router.db_for_write(Inbox)].in_atomic_block
    if not in_transaction and broadcasts.try_to_take_in([inbox.pk]):
        return read(inbox.pk)[0].unread
    try:
        return broadcasts.count_unread(inbox)
    except Exception:
        logger.exception("Inbox %s was counted without its newest broadcasts.", inbox.pk)
        return inbox.unread


def catch_up(user: object) -> None:
    """Take in the broadcasts that an inbox lacks.

    Everything in this package that reads an inbox does so by itself. Call it before code of your
    own reads `Notification.objects` of a user.

    Args:
        user: the owner of the inbox, or their primary key.
    """
    inbox, is_behind = read(owner_of(user))
    if is_behind:
        broadcasts.take_in([inbox.pk])


def page(
    user: object,
    *,
    before: str | None = None,
    limit: int | None = None,
    unread: bool = False,
    archived: bool = False,
    group: str | None = None,
) -> Frame:
    """Return one page of an inbox, newest first.

    A page of a group looks at `GROUP_SCAN` notifications at most: it costs the same wherever those
    of the group are. So it may hold fewer items than `limit`, or none, and `next` leads on.

    Args:
        user: the owner of the inbox, or their primary key.
        before: the `next` of the page before, or None for the first.
        limit: how many, from 1 to `MAX_PAGE_SIZE`; `PAGE_SIZE` when None.
        unread: only unread notifications.
        archived: archived notifications instead of active ones.
        group: only notifications of types in this type group; "" for types without one.

    Returns:
        `rev` (read before the rows, which are at least as new), `put` (the items, fewer where they
        are so large that no more fit into an answer) and `next` (the cursor of the next page, or
        None).

    Raises:
        InvalidRequest: `before` is not a cursor, or the limit is out of range.
    """
    size = settings.PAGE_SIZE if limit is None else limit
    if type(size) is not int or not 1 <= size <= settings.MAX_PAGE_SIZE:
        raise InvalidRequest(f"limit must be from 1 to {settings.MAX_PAGE_SIZE}, not {limit!r}.")
    inbox = inbox_of(owner_of(user))
    rows = Notification.objects.filter(user=inbox.pk).order_by("-seq")
    rows = rows.archived() if archived else rows.active()
    if unread:
        rows = rows.filter(read_at=None)
    if before is not None:
        rows = rows.filter(seq__lt=_seq_of(before))
    rest = None
    if group is not None:
        rows, rest = _of_group(rows, group, size + 1)
    found = list(rows.with_event()[: size + 1])
    shown = items.page(found, lambda row: SharedFields(row.event), size, inbox.seen)
    return {"rev": inbox.rev, **shown, "next": shown["next"] or rest}


def _of_group(
    rows: NotificationQuerySet, group: str, count: int
) -> tuple[NotificationQuerySet, str | None]:
    """Return the first rows of a type group, and where to look on if that is not known to be all.

    Args:
        rows: notifications in the order of the list.
        group: the name of the type group, or "".
        count: how many are wanted.
    """
    seen = list(rows.values_list("pk", "seq", "event__type__group_id")[:GROUP_SCAN])
    pks = [pk for pk, _, name in seen if (name or "") == group][:count]
    rest = str(seen[-1][1]) if len(seen) == GROUP_SCAN else None
    return rows.filter(among("pk", pks)), rest


def _seq_of(cursor: object) -> int:
    if isinstance(cursor, str) and cursor.isascii() and cursor.isdigit():
        return min(int(cursor[:20]), _LARGEST)
    raise InvalidRequest(f"{cursor!r} is not a cursor; pass the `next` of the page before.")


def whole_number(name: str, value: object) -> int:
    """Return a whole number from 0, at most the largest that databases hold."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InvalidRequest(f"{name} must be whole numbers from 0, not {value!r}.")
    return min(value, _LARGEST)


def owner_of(user: object) -> Any:
    """Return the primary key of an inbox's owner.

    Args:
        user: a saved user, or their primary key.

    Raises:
        InvalidRequest: it is neither.
    """
    model = get_user_model()
    if isinstance(user, model) and is_saved(user):
        return user_pk(user)
    try:
        key = None if isinstance(user, Model | bool) else model._meta.pk.to_python(user)
    except ValidationError:
        key = None
    if key is None:
        raise InvalidRequest(f"{named(user)} is not a saved user, nor the primary key of one.")
    return key
