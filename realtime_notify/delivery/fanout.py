"""Fan-out: from an event that is due to the inboxes of its audience, chunk by chunk.

A chunk is one short transaction of set-based SQL. It claims the event, locks its inboxes in the
order of their users, adds 1 to each `rev`, and inserts one notification a person, or collapses it
into an unread one that says the same. The cursor moves in the same transaction, so a crash repeats
nothing and skips nothing, and a second process that works on the same event finds the cursor moved
and stops.

The number of statements does not depend on how many people a chunk holds.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, NamedTuple

from django.contrib.auth import get_user_model
from django.db import IntegrityError, OperationalError, connections, models, router, transaction
from django.db.models import F, OuterRef, Subquery, Value
from django.utils import timezone

from realtime_notify import audience
from realtime_notify.conf import settings
from realtime_notify.delivery import broadcasting
from realtime_notify.inbox import items, revisions
from realtime_notify.models import Event, Inbox, Notification
from realtime_notify.models.insert_select import insert_select
from realtime_notify.models.transactions import retried
from realtime_notify.signals import delivered
from realtime_notify.wire import push
from realtime_notify.wire.vocabulary import Recipient

logger = logging.getLogger(__name__)

TRIES = 3
LONGEST_WAIT = timedelta(hours=1)


def deliver(
    event: Event, limit: int | None = None, should_stop: Callable[[], bool] = lambda: False
) -> bool:
    """Deliver an event to its audience, chunk by chunk.

    Delivering again is harmless: nobody gets an event twice.

    Args:
        event: the event; its `cursor` moves along.
        limit: stop after this many recipients and leave the rest to the next call.
        should_stop: asked before each chunk.

    Returns:
        True when the whole audience has it; False when some of it is left, or when another process
        delivers it.

    Raises:
        DatabaseError: the database failed, after `TRIES` tries if others were in the way. The event
            stays due, and a sweep delivers it later.
    """
    if broadcasting.is_broadcast(event):
        return broadcasting.publish(event)
    left = sys.maxsize if limit is None else limit
    while left > 0 and not should_stop():
        size = min(settings.CHUNK_SIZE, left)
        written = _commit_chunk(event, size)
        if written is None:
            return False
        if written.rows:
            _push(event, written.rows)
            _send_signal(event, written.rows)
        if written.cursor is None:
            return True
        event.cursor = written.cursor
        left -= size
    return False


def deliver_now(event: Event) -> None:
    """Deliver to the first `INLINE_RECIPIENTS` people, in the process of the caller; never raise.

    The rest of a larger audience, and whatever fails, is left to a sweep.
    """
    if not settings.INLINE_RECIPIENTS:
        return
    try:
        deliver(event, limit=settings.INLINE_RECIPIENTS)
    except Exception:
        logger.exception("Event %s was not delivered at once; a sweep will deliver it.", event.pk)


def sweep(limit: int = 100, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Deliver events that are due: large ones, postponed ones, and those of processes that died.

    Any number of processes may sweep at once. An event that fails is retried at growing intervals,
    up to an hour, and holds up no other.

    Args:
        limit: the most events to deliver.
        should_stop: asked before each chunk of each event.

    Returns:
        How many events were delivered to everybody.
    """
    count = 0
    for event in list(Event.objects.due()[:limit]):
        if should_stop():
            break
        try:
            count += deliver(event, should_stop=should_stop)
        except Exception as error:
            # Whatever is wrong with one event must not keep the others waiting.
            logger.exception("Event %s could not be delivered; it will be retried.", event.pk)
            _postpone(event, error)
    return count


class _Written(NamedTuple):
    """A committed chunk: what was written, and where the next one begins (None: nowhere)."""

    rows: list[Recipient]
    cursor: str | None


def _commit_chunk(event: Event, size: int) -> _Written | None:
    """Find the next chunk and commit it; None when another process delivers the event.

    Somebody who unsubscribes or is deleted at this moment breaks a foreign key, and a deadlock with
    another transaction may cost ours: both are gone at the next try.
    """

    def commit() -> _Written | None:
        expired = event.expires_at is not None and event.expires_at <= timezone.now()
        chunk = audience.Chunk([], None) if expired else audience.next_chunk(event, size)
        return _write(event, chunk)

    in_transaction = connections[router.db_for_write(Event)].in_atomic_block
    return retried(
        commit,
        f"A chunk of event {event.pk}",
        tries=1 if in_transaction else TRIES,
        errors=(IntegrityError, OperationalError),
    )


def _write(event: Event, chunk: audience.Chunk) -> _Written | None:
    """Write one chunk in a transaction."""
    users = chunk.people
    if users:
        revisions.ensure_inboxes(users)
    with transaction.atomic(using=router.db_for_write(Event)):
        # The claim comes first: it locks the event and, on SQLite, the database, where a
        # transaction that began by reading may not write after another has written.
        if not _claim(event, chunk.cursor):
            return None
        if not users:
            return _Written([], chunk.cursor)
        revisions.advance(users, arriving=1)
        repeated = _repeated(event, users)
        new = [user for user in users if user not in repeated]
        if new:
            _insert(event, new)
        if repeated:
            _collapse(event, repeated)
        return _Written(_read_back(event, users), chunk.cursor)


def _claim(event: Event, cursor: str | None) -> bool:
    """Move the event's cursor; False when another process has moved it meanwhile."""
    unmoved = Event.objects.filter(pk=event.pk, delivered_at=None, cursor=event.cursor)
    if cursor is not None:
        return bool(unmoved.update(cursor=cursor))
    return bool(unmoved.update(cursor="", delivered_at=timezone.now(), due_at=None))


@dataclass(frozen=True, slots=True)
class _Repeat:
    """An unread notification that says the same, and whether its owner has seen it."""

    pk: int
    seen: bool


def _repeated(event: Event, users: list[Any]) -> dict[Any, _Repeat]:
    """Return the unread notifications that the event repeats, by user."""
    rows = (
        Notification.objects.unread()
        .filter(user__in=users, fingerprint=event.fingerprint, event__type=event.type_id)
        .order_by("seq")
        .values_list("user_id", "pk", "seq", "user__notify_inbox__seen")
    )
    return {user: _Repeat(pk, seq <= seen) for user, pk, seq, seen in rows}


def _insert(event: Event, users: list[Any]) -> None:
    inboxes = Inbox.objects.filter(pk__in=users).order_by("pk")
    insert_select(
        Notification,
        {
            "event": Value(event.pk, models.BigIntegerField()),
            "user": F("pk"),
            "subscription": _subscription_of(event),
            "seq": F("rev"),
            "rev": F("rev"),
            "occurrences": Value(1),
            "fingerprint": Value(event.fingerprint, models.BigIntegerField()),
        },
        inboxes,
    )


def _subscription_of(event: Event) -> Any:
    """Return the own subscription that reached each owner, as an expression over inboxes."""
    if "to" in event.audience:
        return Value(None, models.BigIntegerField())
    own = audience.subscriptions(event).filter(user=OuterRef("pk"))
    return Subquery(own.order_by("only_following", "pk").values("pk")[:1])


def _collapse(event: Event, repeated: dict[Any, _Repeat]) -> None:
    """Move unread repeats to the top: the newest event, and one occurrence more."""
    unseen = [user for user, repeat in repeated.items() if not repeat.seen]
    revisions.count_repeats_once(list(repeated), unseen)
    rev = revisions.current_rev()
    Notification.objects.filter(pk__in=[repeat.pk for repeat in repeated.values()]).update(
        event=event, occurrences=F("occurrences") + 1, seq=rev, rev=rev, emailed_at=None
    )


def _read_back(event: Event, users: list[Any]) -> list[Recipient]:
    """Read what the chunk wrote, still under its locks: the push carries just these numbers."""
    rows = Notification.objects.filter(event=event, user__in=users).order_by()
    counters = ("user__notify_inbox__unread", "user__notify_inbox__unseen")
    found = rows.values_list("user_id", "pk", "rev", "seq", "occurrences", *counters)
    return [Recipient(str(user), *numbers) for user, *numbers in found]


def _push(event: Event, rows: list[Recipient]) -> None:
    via: Literal["key", "users", "everyone"]
    if len(rows) <= settings.SMALL_AUDIENCE:
        via = "users"
    else:
        # Named recipients and subscribers of other types may not be in the group of the key.
        via = "everyone" if event.audience.keys() & {"to", "also"} else "key"
    push.put(event.type_id, items.event_body(event), rows, via=via)


def _send_signal(event: Event, rows: list[Recipient]) -> None:
    """Send the signal `delivered`; a receiver that raises is logged by Django."""
    if delivered.has_listeners(Event):
        key = get_user_model()._meta.pk
        delivered.send_robust(
            Event,
            event=event,
            user_ids=[key.to_python(row.user) for row in rows],
            notification_ids=[row.id for row in rows],
        )


def _postpone(event: Event, error: Exception) -> None:
    """Note the error, and make the event due again after a pause that doubles each time."""
    wait = min(LONGEST_WAIT, timedelta(seconds=2 ** min(event.attempts + 1, 12)))
    Event.objects.filter(pk=event.pk, delivered_at=None).update(
        attempts=F("attempts") + 1,
        last_error=f"{type(error).__name__}: {error}",
        due_at=timezone.now() + wait,
    )
