"""Broadcasts: lazy events, which delivery only numbers.

The event itself is the one row that a broadcast costs. Its number, given under one short lock, is
gap-free in the order of commits: the idea of `Inbox.rev`, one floor up. Each inbox remembers the
number up to which it has taken broadcasts in (`inbox/broadcasts.py`), and whoever looks at an inbox
compares the two. Other media have nobody who looks: for them delivery walks the audience as it does
for any event, and writes no inboxes.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.db import router, transaction
from django.utils import timezone

from realtime_notify import audience, outbox
from realtime_notify.audience.addressing import Audience, topics_of
from realtime_notify.conf import settings
from realtime_notify.models import BroadcastCounter, Event
from realtime_notify.outbox import endpoints_for
from realtime_notify.wire import push

LOOKS = 10
"""How far to look for more than `LAZY_ABOVE` people: some of those who come first are left out."""


def is_broadcast(event: Event) -> bool:
    """Return whether an event, of which nothing was delivered yet, is to become a broadcast.

    It is one if it is lazy, or if it has more than `LAZY_ABOVE` people to reach.
    """
    if event.lazy or settings.LAZY_ABOVE is None or event.started_at or _has_names(event):
        return event.lazy
    walked, found = copy(event), 0
    for _ in range(LOOKS):
        chunk = audience.next_chunk(walked, settings.LAZY_ABOVE + 1)
        found += len(chunk.people)
        if chunk.cursor is None or is_large(event, found):
            break
        walked.cursor = chunk.cursor
    return is_large(event, found)


def is_large(event: Event, people: int) -> bool:
    """Return whether an event for this many people, unless they were named, is for too many."""
    most = settings.LAZY_ABOVE
    return most is not None and people > most and not _has_names(event)


def publish(event: Event) -> bool:
    """Give an event its number, and tell all server processes; inboxes take it in by themselves.

    Returns:
        Whether this call did it: False when another process delivers the event. The event is
        delivered then, unless other media are to tell of it.
    """
    if event.expires_at is not None and event.expires_at <= timezone.now():
        return _close(event)
    number = _claim(event, endpoints_for([event]), is_walked=bool(audience.media_of(event)))
    if number is None:
        return False
    # Everybody hears of an event for everybody; others hear of the keys they are subscribed to.
    of_all = Audience.of(event).everyone
    push.broadcast(number, [] if of_all else sorted({topic.type_id for topic in topics_of(event)}))
    return True


def _has_names(event: Event) -> bool:
    return Audience.of(event).to is not None


def _claim(event: Event, endpoints: Mapping[int, list[int]], *, is_walked: bool) -> int | None:
    """Take the next number for an event; None when another process has begun to deliver it."""
    database = router.db_for_write(Event)
    BroadcastCounter.objects.ensure()
    with transaction.atomic(using=database):
        number = BroadcastCounter.objects.next()
        now = timezone.now()
        ends: dict[str, Any] = (
            {"due_at": now} if is_walked else {"delivered_at": now, "due_at": None}
        )
        untouched = Event.objects.filter(pk=event.pk, delivered_at=None, started_at=None)
        if not untouched.update(lazy=True, number=number, started_at=now, **ends):
            transaction.set_rollback(True, using=database)
            return None
        outbox.write_to_endpoints([event], endpoints)
    event.lazy, event.number, event.started_at = True, number, now
    event.delivered_at = ends.get("delivered_at")
    return number


def _close(event: Event) -> bool:
    """Close an event that expired before it was delivered: it needs no number."""
    event.delivered_at = timezone.now()
    unclaimed = Event.objects.filter(pk=event.pk, delivered_at=None)
    return bool(unclaimed.update(delivered_at=event.delivered_at, due_at=None))
