"""Time-driven work: due deliveries, snoozed notifications that wake, events that expire.

The worker calls `run_due()` again and again, and so does every server process, so a site needs no
worker. Any number of processes may run it at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import router, transaction
from django.db.models import F
from django.utils import timezone

from realtime_notify.conf import settings
from realtime_notify.delivery.sweeping import sweep
from realtime_notify.inbox import revisions
from realtime_notify.inbox.reading import numbers_of
from realtime_notify.inbox.revisions import revision_of
from realtime_notify.models import Event, Inbox, Notification
from realtime_notify.wire import push
from realtime_notify.wire.vocabulary import Frame

logger = logging.getLogger(__name__)

Stop = Callable[[], bool]


def run_due(limit: int = 100, should_stop: Stop = lambda: False) -> int:
    """Deliver, wake and expire what is due.

    Args:
        limit: the most events to deliver, notifications to wake and events to expire.
        should_stop: asked before each step.

    Returns:
        How many events were delivered to everybody.
    """
    delivered = sweep(should_stop)
    for work in (wake, expire):
        try:
            work(limit, should_stop)
        except Exception:
            logger.exception("%s() failed; the next sweep will retry it.", work.__name__)
    return delivered


def wake(limit: int = 100, should_stop: Stop = lambda: False) -> int:
    """Let notifications arrive again, at the top, whose snooze is over.

    Returns:
        How many notifications woke.
    """
    due = Notification.objects.filter(snoozed_until__lte=timezone.now())
    woken = 0
    for pk, user_id in due.order_by("snoozed_until").values_list("pk", "user_id")[:limit]:
        if should_stop():
            break
        with revision_of(user_id) as revision:
            revision.wake(pk)
        woken += not revision.is_empty
    return woken


def expire(limit: int = 100, should_stop: Stop = lambda: False) -> int:
    """Take the notifications of expired events out of their inboxes, chunk by chunk.

    Returns:
        How many events are gone from every inbox.
    """
    expired = 0
    due = Event.objects.filter(removal_due_at__lte=timezone.now()).order_by("removal_due_at")
    for event in due[:limit]:
        while not should_stop():
            if not expire_chunk(event):
                expired += Event.objects.filter(pk=event.pk, removal_due_at__isnull=False).update(
                    removal_due_at=None
                )
                break
    return expired


def expire_chunk(event: Event) -> bool:
    """Take an expired event out of the next inboxes that hold it; False when none is left."""
    with transaction.atomic(using=router.db_for_write(Event)):
        # The event is locked before its rows are read: otherwise two processes could choose the
        # same rows, and the second would add a revision to inboxes where nothing changes.
        Event.objects.filter(pk=event.pk).update(removal_due_at=F("removal_due_at"))
        held = Notification.objects.filter(event=event, deleted_at=None).order_by("user_id")
        users = list(held.values_list("user_id", flat=True)[: settings.CHUNK_SIZE])
        if not users:
            return False
        revisions.advance(users)
        pk_of = revisions.remove(held.filter(user__in=users).order_by())
        inboxes = list(Inbox.objects.filter(pk__in=list(pk_of)))
    # Larger audiences follow by the heal query: nobody waits for a notification to disappear.
    if len(inboxes) <= settings.SMALL_AUDIENCE:
        for inbox in inboxes:
            frame: Frame = {**numbers_of(inbox), "delete": {"ids": [pk_of[inbox.pk]]}}
            push.change(str(inbox.pk), frame)
    return True
