"""What the clock brings about: promises fall due, snoozed rows wake, expired ones leave.

The worker runs `run_due()` again and again, and so does every server process, so that it happens
without a worker too. Any number of them may run at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from django.db import router, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from realtime_notify.conf import settings
from realtime_notify.delivery import fanout
from realtime_notify.inbox import items
from realtime_notify.inbox.revisions import in_one_revision
from realtime_notify.models import Event, Inbox, Notification
from realtime_notify.wire import push
from realtime_notify.wire.vocabulary import Change, Frame

logger = logging.getLogger(__name__)

Stop = Callable[[], bool]


def run_due(limit: int = 100, should_stop: Stop = lambda: False) -> int:
    """Do what is due.

    Args:
        limit: look at this many of each kind at the most.
        should_stop: asked before each step.

    Returns:
        How many events were delivered wholly.
    """
    kept = fanout.sweep(limit, should_stop)
    for work in (wake, expire):
        try:
            work(limit, should_stop)
        except Exception:
            logger.exception("What is due could not all be done; it will be tried again.")
    return kept


def wake(limit: int = 100, should_stop: Stop = lambda: False) -> int:
    """Bring back what was snoozed until now: it arrives again, at the top.

    Returns:
        How many notifications woke.
    """
    due = Notification.objects.filter(snoozed_until__lte=timezone.now())
    woken = 0
    for pk, user_id in due.order_by("snoozed_until").values_list("pk", "user_id")[:limit]:
        if should_stop():
            break
        woken += "put" in in_one_revision(user_id, partial(_wake_one, pk))
    return woken


def _wake_one(pk: int, inbox: Inbox) -> Change | None:
    """One a revision: the place in the list is the revision at which it arrives."""
    row = Notification.objects.with_event().filter(pk=pk, snoozed_until__lte=timezone.now()).first()
    if row is None:
        return None  # another process was faster
    row.snoozed_until = None
    row.seq = row.rev = inbox.rev
    row.save(update_fields=["snoozed_until", "seq", "rev"])
    if row.archived_at is None and row.deleted_at is None and row.read_at is None:
        inbox.unread += 1
        inbox.unseen += 1
    return {"put": [items.item(row, inbox.seen)]}


def expire(limit: int = 100, should_stop: Stop = lambda: False) -> int:
    """Take the notifications of expired events out of their inboxes, chunk by chunk.

    Returns:
        How many events have left.
    """
    expired = 0
    for event in Event.objects.filter(removal_due_at__lte=timezone.now()).order_by(
        "removal_due_at"
    )[:limit]:
        while not should_stop():
            if not expire_chunk(event):
                expired += Event.objects.filter(pk=event.pk, removal_due_at__isnull=False).update(
                    removal_due_at=None
                )
                break
    return expired


def expire_chunk(event: Event) -> bool:
    """Take an expired event out of the next inboxes that hold it; False when none does."""
    with transaction.atomic(using=router.db_for_write(Event)):
        # The event is locked before the rows are chosen: another process that expires it would
        # otherwise add a revision to inboxes that have nothing left to lose.
        Event.objects.filter(pk=event.pk).update(removal_due_at=F("removal_due_at"))
        held = Notification.objects.filter(event=event, deleted_at=None).order_by("user_id")
        users = list(held.values_list("user_id", flat=True)[: settings.CHUNK_SIZE])
        if not users:
            return False
        fanout.advance(users)
        gone = Notification.objects.filter(event=event, user__in=users, deleted_at=None)
        active = Q(archived_at=None, snoozed_until=None, read_at=None)
        unread = gone.filter(active)
        unseen = unread.filter(seq__gt=F("user__notify_inbox__seen"))
        leaving = [(unread, "unread"), (unseen, "unseen")]
        for rows, counter in leaving:
            owners = list(rows.values_list("user_id", flat=True))
            Inbox.objects.filter(pk__in=owners).update(**{counter: F(counter) - 1})
        rev = Subquery(Inbox.objects.filter(pk=OuterRef("user_id")).values("rev")[:1])
        rows_of = dict(gone.values_list("user_id", "pk"))
        Notification.objects.filter(pk__in=list(rows_of.values())).update(
            deleted_at=timezone.now(), rev=rev
        )
        inboxes = Inbox.objects.filter(pk__in=list(rows_of))
        frames: list[tuple[str, Frame]] = [
            (
                str(inbox.pk),
                {
                    "rev": inbox.rev,
                    "unread": inbox.unread,
                    "unseen": inbox.unseen,
                    "delete": {"ids": [rows_of[inbox.pk]]},
                },
            )
            for inbox in inboxes
        ]
    if len(frames) <= settings.SMALL_AUDIENCE:
        for user_id, frame in frames:
            push.change(user_id, frame)
    # Of more, open browsers hear by the heal query: nobody waits for something to go away.
    return True
