"""Small events together: one transaction for many that reach few people each.

A transaction and its statements cost the same for one person as for two thousand. A thousand events
of one person each, from one commit or left by one, would cost a thousand times as much alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import router, transaction
from django.utils import timezone

from realtime_notify import audience
from realtime_notify.conf import settings
from realtime_notify.delivery import broadcasting
from realtime_notify.delivery.fanout import FEW, NoInbox, Written, hold_inboxes, leave
from realtime_notify.inbox import arrivals, numbers
from realtime_notify.inbox.arrivals import Arrival, Reached
from realtime_notify.models import Event
from realtime_notify.models.arrays import update_rows
from realtime_notify.models.media import INBOX

MOST = 100
"""Events in one transaction: judging whom they reach compares each of them with everybody."""


class _Alone(Exception):
    """The events are better delivered alone: others work on one of them, or much is locked."""


def deliver_together(events: Iterable[Event]) -> set[int]:
    """Deliver events that reach few people, as many as possible in one transaction.

    Args:
        events: at most `MOST` events, in the order in which they are to arrive.

    Returns:
        The primary keys of those that were delivered, perhaps but for stragglers. The others are to
        be delivered alone: they are large, or expired, or others deliver them, or much is locked.
    """
    now = timezone.now()
    return _deliver(
        [
            event
            for event in events
            if not (event.lazy or event.cursor or event.stragglers)
            and (event.expires_at is None or event.expires_at > now)
        ]
    )


def _deliver(events: Sequence[Event]) -> set[int]:
    if len(events) < 2:
        return set()  # which costs no less than alone
    found = audience.everybody(events, settings.CHUNK_SIZE)
    if found is None:
        middle = len(events) // 2
        return _deliver(events[:middle]) | _deliver(events[middle:])
    reached = found[INBOX]
    if any(broadcasting.is_large(event, len(reached[event.pk])) for event in events):
        return _deliver(
            [each for each in events if not broadcasting.is_large(each, len(reached[each.pk]))]
        )
    numbers.ensure_inboxes({user for users in reached.values() for user in users}, wait=False)
    try:
        with transaction.atomic(using=router.db_for_write(Event)):
            arrived, written = _write(events, reached)
    except (_Alone, NoInbox):
        return set()
    arrivals.announce(events, arrived)
    for event in events:
        written[event.pk].note(event)
    return {event.pk for event in events}


def _write(
    events: Sequence[Event], reached: Mapping[int, Reached]
) -> tuple[list[Arrival], dict[int, Written]]:
    """Write them in a transaction; return what has arrived, and where that leaves each event."""
    _claim(events, reached)
    people = {user for users in reached.values() for user in users}
    inboxes = numbers.lock(hold_inboxes(people), wait=True)
    if len(people) - len(inboxes) > FEW:
        raise _Alone
    arrived = arrivals.write(events, reached, inboxes)
    numbers.save(inboxes, "rev", "unread", "unseen")
    written = {}
    for event in events:
        users = reached[event.pk]
        written[event.pk] = Written([], "", len(users), [])
        if busy := [user for user in users if user not in inboxes]:
            written[event.pk] = leave(event, written[event.pk], busy, users)
    return arrived, written


def _claim(events: Sequence[Event], reached: Mapping[int, Reached]) -> None:
    """Close the promises of all."""
    pks = [event.pk for event in events]
    now = timezone.now()
    untouched = Event.objects.filter(pk__in=pks, delivered_at=None, started_at=None)
    claimed = untouched.update(started_at=now, delivered_at=now, due_at=None)
    if claimed < len(pks):
        raise _Alone
    update_rows(Event, {"id": pks, "reached": [len(reached[pk]) for pk in pks]})
