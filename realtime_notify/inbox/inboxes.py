"""Inboxes as their readers find them: with every broadcast taken in."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from realtime_notify.inbox import broadcasts
from realtime_notify.inbox.numbers import COLUMNS
from realtime_notify.models import BroadcastCounter, Epoch, Inbox
from realtime_notify.models.arrays import among
from realtime_notify.models.primary import all_users
from realtime_notify.wire.vocabulary import Frame


def inbox_of(user_id: Any) -> Inbox:
    """Return a user's inbox with every broadcast taken in, or an empty one before the first.

    One query when there is nothing to take in. Where that fails, as on a database that refuses to
    write, the inbox is returned as it is: late, but whole.
    """
    inbox, is_behind = read(user_id)
    if is_behind and broadcasts.try_to_take_in([user_id]):
        inbox, _ = read(user_id)
    return inbox


def inboxes_of(users: Collection[Any], *, wait: bool) -> tuple[dict[Any, Inbox], str]:
    """Return the inboxes of users, as `inbox_of()` does, and the epoch that their revs belong to.

    Args:
        users: the primary keys of the owners.
        wait: whether to wait for inboxes that somebody else has locked. Otherwise those are
            returned as they are.

    Returns:
        An inbox for each of the users, who may have been deleted meanwhile, and the epoch.
    """
    rows = list(_read(users, Epoch.objects.present()))
    found = {user: Inbox(pk=user) for user in users} | {inbox.pk: inbox for inbox, *_ in rows}
    behind = [inbox.pk for inbox, is_behind, _ in rows if is_behind]
    if behind and broadcasts.try_to_take_in(behind, wait=wait):
        found |= {inbox.pk: inbox for inbox, _ in _read(behind)}
    return found, rows[0][-1] if rows else ""


def read(user_id: Any) -> tuple[Inbox, bool]:
    """Read an inbox, or an empty one, and whether it lacks a broadcast; one query."""
    for inbox, is_behind in _read([user_id]):
        return inbox, is_behind
    return Inbox(pk=user_id), False


def numbers_of(inbox: Inbox) -> Frame:
    """Return the numbers of an inbox that every state frame has."""
    return {"rev": inbox.rev, "unread": inbox.unread, "unseen": inbox.unseen}


def _read(users: Collection[Any], *also: Any) -> Iterator[tuple[Any, ...]]:
    """Yield inboxes, whether each lacks a broadcast, and other expressions; one query.

    They are read where they are written: a replica may lag behind what was pushed.
    """
    columns = [f"notify_inbox__{name}" for name in COLUMNS]
    newest = BroadcastCounter.objects.newest_number()
    rows = all_users().filter(among("pk", users)).values_list("pk", newest, *also, *columns)
    for pk, number, *values in rows:
        others, numbers = values[: len(also)], values[len(also) :]
        given = {} if numbers[0] is None else dict(zip(COLUMNS, numbers, strict=True))
        inbox = Inbox(pk=pk, **given)
        yield inbox, inbox.caught_up < number, *others
