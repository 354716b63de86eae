"""Leaving: what a chunk of delivery writes into the outbox."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from realtime_notify import outbox
from realtime_notify.inbox.arrivals import Arrival, Reached
from realtime_notify.models import Event


def write(
    events: Iterable[Event],
    reached: Mapping[str, Mapping[int, Reached]],
    free: Collection[Any],
    arrived: Iterable[Arrival],
) -> None:
    """Write what is to leave, together with what has arrived.

    Args:
        events: the events.
        reached: whom each event reaches by media other than the inbox.
        free: the people whom the transaction holds; others are left for later.
        arrived: what has arrived in inboxes.
    """
    if not reached:
        return
    notifications = {(each.event, each.user): each.recipient.id for each in arrived}
    held = {
        medium: {
            event: {user: own for user, own in users.items() if user in free}
            for event, users in by_event.items()
        }
        for medium, by_event in reached.items()
    }
    outbox.write(events, held, notifications)
