"""Small events together: one transaction for many that reach few people each.

A transaction and its statements cost the same for one person as for two thousand. A thousand events
of one person each, from one commit or left by one, would cost a thousand times as much alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import router, transaction
from django.utils import timezone

from realtime_notify import audience, outbox
from realtime_notify.conf import settings
from realtime_notify.delivery import broadcasting, leaving
from realtime_notify.delivery.chunks import Chunk, may_reach_addresses
from realtime_notify.delivery.fanout import FEW, NoInbox, Written, hold_people, leave
from realtime_notify.inbox import arrivals, numbers
from realtime_notify.inbox.arrivals import Arrival
from realtime_notify.models import Event
from realtime_notify.models.arrays import update_rows
from realtime_notify.models.media import INBOX
from realtime_notify.outbox import endpoints_for

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
        be delivered alone: they are large, or expired, or for e-mail addresses, or others deliver
        them, or much is locked.
    """
    now = timezone.now()
    small = [
        event
        for event in events
        if not (event.lazy or event.cursor or event.stragglers or event.edition)
        and (event.expires_at is None or event.expires_at > now)
    ]
    to_addresses = may_reach_addresses(small)
    return _deliver([event for event in small if event.pk not in to_addresses])


def _deliver(events: Sequence[Event]) -> set[int]:
    if len(events) < 2:
        return set()  # which costs no less than alone
    media = dict.fromkeys(medium for event in events for medium in audience.media_of(event))
    found = audience.everybody(events, settings.CHUNK_SIZE, (INBOX, *media))
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
            arrived, written = _write(events, found)
    except (_Alone, NoInbox):
        return set()
    arrivals.announce(events, arrived)
    for event in events:
        written[event.pk].note(event)
    return {event.pk for event in events}


def _write(
    events: Sequence[Event], found: audience.ReachedBy
) -> tuple[list[Arrival], dict[int, Written]]:
    """Write them in a transaction; return what has arrived, and where that leaves each event."""
    chunks = {event.pk: _chunk(event, found) for event in events}
    _claim(events, chunks)
    people = {user for chunk in chunks.values() for user in chunk.people}
    everybody = {user for chunk in chunks.values() for user in chunk.users}
    free = hold_people(people, everybody)
    if len(everybody) - len(free) > FEW:
        raise _Alone
    inboxes = numbers.lock(people & free, wait=True)
    by_medium = dict(found)
    arrived = arrivals.write(events, by_medium.pop(INBOX), inboxes)
    numbers.save(inboxes, "rev", "unread", "unseen")
    leaving.write(events, by_medium, free, arrived)
    outbox.write_to_endpoints(events, endpoints_for(events))
    written = {}
    for event in events:
        chunk = chunks[event.pk]
        written[event.pk] = Written([], "", chunk.size(), [])
        if busy := [chunk.straggler(user) for user in chunk.users if user not in free]:
            written[event.pk] = leave(event, written[event.pk], busy)
    return arrived, written


def _chunk(event: Event, found: audience.ReachedBy) -> Chunk:
    reached = {medium: by_event[event.pk] for medium, by_event in found.items()}
    return Chunk(reached.pop(INBOX), reached)


def _claim(events: Sequence[Event], chunks: Mapping[int, Chunk]) -> None:
    """Close the promises of all."""
    pks = [event.pk for event in events]
    now = timezone.now()
    untouched = Event.objects.filter(pk__in=pks, delivered_at=None, started_at=None, edition=0)
    claimed = untouched.update(started_at=now, delivered_at=now, due_at=None)
    if claimed < len(pks):
        raise _Alone
    update_rows(Event, {"id": pks, "reached": [chunks[pk].size() for pk in pks]})
