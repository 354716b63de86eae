"""Waking: snoozed notifications whose time has come arrive again, thousands in a few statements."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from realtime_notify.conf import settings
from realtime_notify.inbox import items, numbers
from realtime_notify.inbox.numbers import Numbers
from realtime_notify.models import Inbox, Notification, locks
from realtime_notify.models.arrays import among, update_rows
from realtime_notify.models.transactions import writing
from realtime_notify.wire import push
from realtime_notify.wire.vocabulary import Frame


class _Woken(NamedTuple):
    """A notification that woke, and the numbers of its inbox at that revision."""

    pk: int
    user: Any
    frame: Frame


def wake(owners: Mapping[int, Any]) -> int:
    """Let snoozed notifications arrive again, at the top, whose time has come.

    Each is a revision of its inbox. Inboxes that somebody else has locked are passed over, where
    the database can: their notifications stay due.

    Args:
        owners: the users the notifications belong to, by the primary keys of the notifications.

    Returns:
        How many notifications woke.
    """
    with writing(Inbox) as database:
        inboxes = _lock(set(owners.values()))
        woken = _count(inboxes, [pk for pk, user in owners.items() if user in inboxes])
        _save(inboxes, woken)
        # Many follow by the heal query, within seconds.
        if len(woken) <= settings.SMALL_AUDIENCE:
            transaction.on_commit(partial(_push, _frames(inboxes, woken)), using=database)
    return len(woken)


def _lock(users: set[Any]) -> dict[Any, Numbers]:
    """Lock the inboxes of those whom nobody else is changing, without waiting.

    The users come first: on MariaDB a changed notification checks its foreign key, and would wait
    for somebody who has saved the user and now wants the inbox.
    """
    return numbers.lock(locks.keep(get_user_model(), users), wait=False)


def _count(inboxes: Mapping[Any, Numbers], pks: list[int]) -> list[_Woken]:
    """Count those of these notifications that no other process has woken, each as a revision."""
    due = Notification.objects.filter(among("pk", pks), snoozed_until__lte=timezone.now())
    columns = ("pk", "user_id", "read_at", "archived_at", "deleted_at")
    woken = []
    for pk, user, *moments in due.order_by("snoozed_until", "pk").values_list(*columns):
        inbox = inboxes[user]
        is_unread = not any(moments)
        inbox.rev += 1
        inbox.unread += is_unread
        inbox.unseen += is_unread
        frame: Frame = {"rev": inbox.rev, "unread": inbox.unread, "unseen": inbox.unseen}
        woken.append(_Woken(pk, user, frame))
    return woken


def _save(inboxes: Mapping[Any, Numbers], woken: list[_Woken]) -> None:
    if not woken:
        return
    revs = [row.frame["rev"] for row in woken]
    pks = [row.pk for row in woken]
    changes: dict[str, list[Any]] = {
        "id": pks,
        "snoozed_until": [None] * len(pks),
        "seq": revs,
        "rev": revs,
    }
    update_rows(Notification, changes)
    numbers.save({row.user: inboxes[row.user] for row in woken}, "rev", "unread", "unseen")


def _frames(inboxes: Mapping[Any, Numbers], woken: list[_Woken]) -> list[tuple[str, Frame]]:
    """Return what browsers get, by owner; read under the locks."""
    rows = Notification.objects.with_event().in_bulk([row.pk for row in woken])
    return [
        (str(user), {**frame, **items.pushed(rows[pk], inboxes[user].seen)})
        for pk, user, frame in woken
    ]


def _push(frames: list[tuple[str, Frame]]) -> None:
    for user, frame in frames:
        push.change(user, frame)
