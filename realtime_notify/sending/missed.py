"""Missed digests: what became due for somebody while nobody sent, which they get as one message."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import router, transaction
from django.db.models import QuerySet

from realtime_notify.models import Dispatch, DispatchItem
from realtime_notify.models.arrays import among, update_rows
from realtime_notify.models.profiles import AT_ONCE

MOST = 2000
"""Digests that are looked for at once; whoever missed more gets a second message."""


def others(due: QuerySet[Dispatch], dispatches: Iterable[Dispatch]) -> QuerySet[Dispatch] | None:
    """Return further digests that are due to the recipients of some; None if there are no digests.

    Args:
        due: all that is due.
        dispatches: what was taken already.
    """
    recipients = {row.recipient for row in dispatches if _is_digest(row)}
    if not recipients:
        return None
    rows = due.filter(among("recipient", recipients), interval__gt=AT_ONCE, attempts=0)
    # In the order of the unique index, which finds them by their recipients.
    return rows.order_by("recipient", "medium_id", "interval", "due_at")[:MOST]


def joined(dispatches: Sequence[Dispatch]) -> list[Dispatch]:
    """Let the latest digest of each recipient and interval tell what the earlier ones would have.

    Args:
        dispatches: what was taken.

    Returns:
        What is left, in the order in which it became due.
    """
    left = sorted(dispatches, key=lambda row: (row.due_at, row.pk))
    latest = {(row.recipient, row.interval): row.pk for row in left if _is_digest(row)}
    into = {
        row.pk: latest[row.recipient, row.interval]
        for row in left
        if _is_digest(row) and row.pk != latest[row.recipient, row.interval]
    }
    if into:
        _move(into)
    return [row for row in left if row.pk not in into]


def _is_digest(row: Dispatch) -> bool:
    """Tell whether a dispatch is a digest, and was not tried yet: attempts are counted for each."""
    return row.interval > AT_ONCE and not row.attempts


def _move(into: dict[int, int]) -> None:
    """Move items from dispatches into others, and delete the dispatches that had them."""
    with transaction.atomic(using=router.db_for_write(Dispatch)):
        rows = DispatchItem.objects.filter(among("dispatch", {*into, *into.values()})).order_by(
            "pk"
        )
        found = list(rows.values_list("pk", "dispatch", "event"))
        # An event that is there already stays behind, and goes with its dispatch.
        there = {(dispatch, event) for _, dispatch, event in found if dispatch not in into}
        moved = {
            (into[dispatch], event): pk
            for pk, dispatch, event in found
            if dispatch in into and (into[dispatch], event) not in there
        }
        if moved:
            targets = [dispatch for dispatch, _ in moved]
            update_rows(DispatchItem, {"id": list(moved.values()), "dispatch": targets})
        Dispatch.objects.filter(among("pk", into)).delete()
