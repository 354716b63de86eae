"""The numbers of many inboxes at once: locked, changed in memory, saved by one statement.

Delivery, taking in, waking, expiry, pruning and imports change inboxes by the thousand. As in
`revisions`, which changes one inbox for its owner, each revision adds 1 to `rev` under the lock of
the inbox, so that `rev` is gap-free in the order of commits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connections, router
from django.db.models import Exists, F, OuterRef, QuerySet, Value
from django.db.models.constants import OnConflict

from realtime_notify.models import Inbox, locks
from realtime_notify.models.arrays import among, update_rows
from realtime_notify.models.insert_select import insert_select
from realtime_notify.models.primary import all_users

IMPATIENCE = 0.02
"""Seconds for which a missing inbox waits for somebody who is inserting it."""
COLUMNS = ("rev", "unread", "unseen", "seen", "floor", "caught_up")


@dataclass(slots=True)
class Numbers:
    """The numbers of an inbox that is locked; see `realtime_notify.models.Inbox`."""

    rev: int
    unread: int
    unseen: int
    seen: int
    floor: int
    caught_up: int


def of(inbox: Inbox) -> Numbers:
    """Return the numbers of an inbox, to be changed in memory."""
    return Numbers(*(getattr(inbox, name) for name in COLUMNS))


def ensure_inboxes(users: Collection[Any], *, wait: bool = True) -> None:
    """Insert the inboxes that are missing, before anybody locks them.

    Outside of a transaction this commits at once: inboxes that two processes insert in one long
    transaction each would make them wait for each other.

    Args:
        users: the primary keys of the owners.
        wait: whether to wait for a transaction that is inserting one of them. Otherwise, outside
            of a transaction, some of them may be missing still.
    """
    if not users:
        return
    database = router.db_for_write(Inbox)
    if wait or connections[database].in_atomic_block:
        _insert(users)
        return
    try:
        with locks.patience(IMPATIENCE), locks.transaction(database):
            _insert(users)
    except OperationalError:
        people = list(users)
        # PostgreSQL fails so soon that halves find the one who is in the way.
        if len(people) > 1 and connections[database].vendor == "postgresql":
            middle = len(people) // 2
            ensure_inboxes(people[:middle], wait=False)
            ensure_inboxes(people[middle:], wait=False)


def _insert(users: Collection[Any]) -> None:
    zeros = {name: Value(0) for name in COLUMNS}
    insert_select(Inbox, {"user": F("pk"), **zeros}, without_inbox(users), OnConflict.IGNORE)


def without_inbox(users: Collection[Any]) -> QuerySet[Any]:
    """Return those of the users who exist and have no inbox."""
    there = all_users().filter(among("pk", users))
    return there.filter(~Exists(Inbox.objects.filter(pk=OuterRef("pk")))).order_by("pk")


def hold(users: Collection[Any], *, wait: bool) -> set[Any]:
    """Lock inboxes until the transaction ends.

    Args:
        users: the primary keys of the owners.
        wait: whether to wait for inboxes that somebody else has locked, in the order of their
            keys. Otherwise they are passed over, so that nobody holds many inboxes while waiting
            for one; a database that cannot pass over locks waits.

    Returns:
        The owners of the inboxes that are locked.
    """
    return set(_locking(users, wait=wait).values_list("pk", flat=True))


def lock(users: Collection[Any], *, wait: bool) -> dict[Any, Numbers]:
    """Lock inboxes as `hold()`, and read their numbers.

    Returns:
        The numbers by owner, in the order of the keys.
    """
    rows = _locking(users, wait=wait).values_list("pk", *COLUMNS)
    return {user: Numbers(*numbers) for user, *numbers in rows}


def _locking(users: Collection[Any], *, wait: bool) -> QuerySet[Inbox]:
    inboxes = Inbox.objects.filter(among("pk", users)).order_by("pk")
    features = connections[inboxes.db].features
    if not features.has_select_for_update:
        return inboxes
    return inboxes.select_for_update(
        skip_locked=features.has_select_for_update_skip_locked and not wait
    )


def save(numbers: Mapping[Any, Numbers], *names: str) -> None:
    """Save numbers of inboxes that are locked.

    Args:
        numbers: the numbers by owner.
        names: which of the numbers may have changed.
    """
    if not numbers:
        return
    columns: dict[str, list[Any]] = {"user": list(numbers)}
    for name in names:
        columns[name] = [getattr(one, name) for one in numbers.values()]
    update_rows(Inbox, columns)
