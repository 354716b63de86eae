"""Broadcasts: lazy events, which delivery only numbers.

The event itself is the one row that a broadcast costs. Its number, given under one short lock, is
gap-free in the order of commits: the idea of `Inbox.rev`, one floor up. Each inbox remembers the
number up to which it has taken broadcasts in (`inbox/broadcasts.py`), and whoever looks at an inbox
compares the two.
"""

from __future__ import annotations

from copy import copy

from django.db import router, transaction
from django.utils import timezone

from realtime_notify import audience
from realtime_notify.audience.addressing import Audience, topics_of
from realtime_notify.conf import settings
from realtime_notify.models import BroadcastCounter, Event
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
        Whether this call did it: False when another process delivers the event.
    """
    if event.expires_at is not None and event.expires_at <= timezone.now():
        return _close(event)
    number = _claim(event)
    if number is None:
        return False
    # Everybody hears of an event for everybody; others hear of the keys they are subscribed to.
    of_all = Audience.of(event).everyone
    push.broadcast(number, [] if of_all else sorted({topic.type_id for topic in topics_of(event)}))
    return True


def _has_names(event: Event) -> bool:
    return Audience.of(event).to is not None


def _claim(event: Event) -> int | None:
    """Take the next number for an event; None when another process has begun to deliver it."""
    database = router.db_for_write(Event)
    BroadcastCounter.objects.ensure()
    with transaction.atomic(using=database):
        number = BroadcastCounter.objects.next()
        now = timezone.now()
        untouched = Event.objects.filter(pk=event.pk, delivered_at=None, started_at=None)
        if not untouched.update(
            lazy=True, number=number, started_at=now, delivered_at=now, due_at=None
        ):
            transaction.set_rollback(True, using=database)
            return None
    event.lazy, event.number = True, number
    return number


def _close(event: Event) -> bool:
    """Close an event that expired before it was delivered: it needs no number."""
    unclaimed = Event.objects.filter(pk=event.pk, delivered_at=None)
    return bool(unclaimed.update(delivered_at=timezone.now(), due_at=None))
