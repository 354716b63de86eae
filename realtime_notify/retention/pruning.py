"""The walk through all inboxes and events that removes what a policy gives up, step by step.

Each step is one short transaction, of one portion of rows. It waits for nobody: an inbox that
somebody else is changing is left to the next walk, and so is an event. A walk that is broken off
has done what it has done; the next one starts from the beginning and finds the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError
from django.db.models import Q

from realtime_notify.inbox import pruning
from realtime_notify.inbox.pruning import Pruned
from realtime_notify.models import Inbox, Notification
from realtime_notify.models.arrays import among
from realtime_notify.models.transactions import retried
from realtime_notify.retention import browsers, events, messages
from realtime_notify.retention.policy import Policy
from realtime_notify.retention.windows import windows

BATCH = 1000
"""Rows that one step removes: the frame that tells browsers of it lists their ids."""
WINDOW = 200
"""Inboxes that one step looks at, and locks at most."""
TRIES = 3


@dataclass(slots=True)
class Progress:
    """How far a walk has come, since its beginning.

    Attributes:
        notifications: notifications removed; in a dry run, to be removed.
        events: events removed; in a dry run, to be removed.
        messages: messages by other media removed; in a dry run, to be removed.
        browsers: browsers removed that nobody pushes to; in a dry run, to be removed.
        inboxes: inboxes looked at.
        busy: inboxes passed over, because somebody else was changing them.
    """

    notifications: int = 0
    events: int = 0
    messages: int = 0
    browsers: int = 0
    inboxes: int = 0
    busy: int = 0


def prune(policy: Policy, *, batch: int = BATCH, dry_run: bool = False) -> Iterator[Progress]:
    """Remove what a policy gives up. Each `next()` is one step.

    Args:
        policy: what to remove.
        batch: the most rows that one step removes, at least 1.
        dry_run: only count. Events that the removal of notifications would free are not counted.

    Yields:
        How far it has come, after each step; always the same object.

    Raises:
        DatabaseError: the database failed. What was removed before stays removed.
    """
    progress = Progress()
    if policy.sent is not None:
        for removed in messages.prune(policy.sent, batch, dry_run):
            progress.messages += removed
            yield progress
    if policy.concerns_inboxes:
        for users in windows(Inbox, WINDOW):
            progress.inboxes += len(users)
            if dry_run:
                progress.notifications += _rows(users, policy.doomed(users)).count()
                yield progress
            else:
                yield from _prune_inboxes(users, policy, batch, progress)
    if policy.events is not None:
        for removed in events.prune(policy.events, batch, dry_run):
            progress.events += removed
            yield progress
    if policy.browsers is not None:
        for removed in browsers.prune(policy.browsers, batch, dry_run):
            progress.browsers += removed
            yield progress


def _prune_inboxes(
    users: Collection[Any], policy: Policy, batch: int, progress: Progress
) -> Iterator[Progress]:
    """Remove from some inboxes until nothing is left, or nothing can be removed."""
    doomed = policy.doomed(users)
    left = set(users)
    while left:
        rows = list(_rows(left, doomed).order_by("user", "pk").values_list("user", "pk")[:batch])
        pruned = _prune_rows(rows, doomed) if rows else Pruned(0, 0, set())
        progress.notifications += pruned.notifications
        progress.busy += len(pruned.busy)
        yield progress
        if len(rows) < batch or not (pruned.notifications or pruned.busy):
            return
        left -= pruned.busy


def _prune_rows(rows: list[tuple[Any, int]], doomed: Q) -> Pruned:
    users, pks = {user for user, _ in rows}, [pk for _, pk in rows]
    return retried(
        lambda: pruning.prune(users, pks, doomed),
        f"The removal of {len(pks)} notifications",
        tries=TRIES,
        errors=(OperationalError,),  # a deadlock with somebody who changed rows without their inbox
    )


def _rows(users: Collection[Any], doomed: Q) -> Any:
    return Notification.objects.filter(doomed, among("user", users)).order_by()
