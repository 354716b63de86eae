"""Fan-out: from an event that is due to the inboxes of its audience, chunk by chunk.

A chunk is one short transaction of set-based SQL. It claims the event, locks its inboxes, adds 1 to
each `rev`, and inserts one notification a person, or collapses it into an unread one that says the
same. The cursor moves in the same transaction, so a crash repeats nothing and skips nothing, and a
second process that works on the same event finds the cursor moved and stops.

A chunk never waits for an inbox that somebody else has locked, because everybody in it would wait
as well. It leaves such people for later, as *stragglers* of the event.

What is to leave by other media is written into the outbox in the same transaction.

The number of statements does not depend on how many people a chunk holds.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db import IntegrityError, OperationalError, connections, router, transaction
from django.utils import timezone

from realtime_notify import outbox
from realtime_notify.conf import settings
from realtime_notify.delivery import broadcasting, leaving
from realtime_notify.delivery.chunks import Chunk, next_chunk
from realtime_notify.delivery.nudging import nudge
from realtime_notify.inbox import arrivals, news, numbers
from realtime_notify.inbox.arrivals import Arrival, Reached
from realtime_notify.models import Event, locks
from realtime_notify.models.arrays import among
from realtime_notify.models.primary import all_users
from realtime_notify.models.transactions import retried

logger = logging.getLogger(__name__)

TRIES = 3
STRAGGLERS_WAIT = timedelta(seconds=0.5)

FEW = 20
"""This many busy inboxes of a chunk are always left behind: their owners are at work in them."""
PAUSES = (0.05, 0.1, 0.2, 0.0)
"""Seconds to wait for another fan-out; in the end its people are left behind as well."""


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
    if event.number is None and broadcasting.is_broadcast(event):
        if not broadcasting.publish(event):
            return False
        if event.delivered_at is not None:
            return True
    left = sys.maxsize if limit is None else limit
    while left > 0 and not should_stop():
        size = min(settings.CHUNK_SIZE, left)
        written = _commit_chunk(event, size)
        if written is None:
            return False
        arrivals.announce([event], written.arrivals)
        written.note(event)
        if not written.cursor and not written.stragglers:
            return True
        if written.is_stuck:
            return False
        left -= size
    return False


class Written(NamedTuple):
    """A committed chunk: what has arrived, and where that leaves the event."""

    arrivals: list[Arrival]
    cursor: str
    reached: int
    stragglers: list[list[Any]]
    at_addresses: bool = False
    is_stuck: bool = False
    """Whether everybody was busy, so that it is of no use to go on at once."""

    def note(self, event: Event) -> None:
        """Bring an instance of the event up to date."""
        now = timezone.now()
        event.cursor, event.reached, event.stragglers = self.cursor, self.reached, self.stragglers
        event.at_addresses = self.at_addresses
        event.started_at = event.started_at or now
        if not self.cursor and not self.stragglers:
            event.delivered_at, event.due_at = now, None


class _Crowded(Exception):
    """So many inboxes are busy that it must be another fan-out, which is over in a moment."""


class NoInbox(Exception):
    """Some people have no inbox yet.

    Attributes:
        people: their primary keys.
    """

    def __init__(self, people: list[Any]) -> None:
        super().__init__(people)
        self.people = people


def _commit_chunk(event: Event, size: int) -> Written | None:
    """Find the next chunk and commit it; None when another process delivers the event.

    Somebody who is deleted at this moment breaks a foreign key, and a deadlock with another
    transaction may cost ours: both are gone at the next try.
    """
    in_transaction = connections[router.db_for_write(Event)].in_atomic_block
    for pause in PAUSES:
        try:
            return retried(
                partial(_try_chunk, event, size, may_leave=not pause),
                f"A chunk of event {event.pk}",
                tries=1 if in_transaction else TRIES,
                errors=(IntegrityError, OperationalError),
            )
        except _Crowded:
            time.sleep(pause)  # and holds nothing meanwhile
    return None


def _try_chunk(event: Event, size: int, *, may_leave: bool) -> Written | None:
    """Find the next chunk and write it; `may_leave`: any number of people may be left behind."""
    chunk = next_chunk(event, size)
    try:
        return _write(event, chunk, may_leave=may_leave)
    except NoInbox as error:
        numbers.ensure_inboxes(error.people, wait=False)
        return _write(event, chunk, may_leave=may_leave, may_lack=True)


def _write(
    event: Event, chunk: Chunk, *, may_leave: bool, may_lack: bool = False
) -> Written | None:
    """Write one chunk in a transaction; see `hold_inboxes()` for `may_lack`."""
    with transaction.atomic(using=router.db_for_write(Event)):
        # The claim comes first: it locks the event and, on SQLite, the database, where a
        # transaction that began by reading may not write after another has written.
        if not _claim(event, chunk):
            return None
        written = Written(
            [], chunk.cursor, event.reached + chunk.size(), chunk.later, chunk.at_addresses
        )
        outbox.write_to_endpoints([event], {event.pk: chunk.endpoints})
        outbox.write_to_addresses(event, chunk.addresses)
        users = chunk.users
        if not users:
            return written
        free = hold_people(chunk.people, users, may_lack=may_lack)
        busy = [user for user in users if user not in free]
        if not may_leave and len(busy) > max(FEW, len(users) // 10):
            raise _Crowded
        arrived = _arrive(event, chunk.people, free)
        by_medium = {medium: {event.pk: reached} for medium, reached in chunk.others.items()}
        leaving.write([event], by_medium, free, arrived)
        written = written._replace(arrivals=arrived)
        return leave(event, written, [chunk.straggler(user) for user in busy]) if busy else written


def _arrive(event: Event, people: Reached, free: Collection[Any]) -> list[Arrival]:
    """Write an event into the inboxes that are held, and return what has arrived."""
    held = {user for user in people if user in free}
    if not held:
        return []
    arrived = news.write(event, people, held) if news.can_write() else None
    if arrived is None:
        inboxes = numbers.lock(held, wait=True)
        arrived = arrivals.write([event], {event.pk: people}, inboxes)
        numbers.save(inboxes, "rev", "unread", "unseen")
    return arrived


def _claim(event: Event, chunk: Chunk) -> bool:
    """Move the event on; False when another process has moved, withdrawn or edited it meanwhile."""
    unmoved = Event.objects.filter(
        pk=event.pk,
        delivered_at=None,
        cursor=event.cursor,
        reached=event.reached,
        edition=event.edition,
    )
    if event.started_at is None:  # or endpoints would be told twice
        unmoved = unmoved.filter(started_at=None)
    now = timezone.now()
    columns: dict[str, Any] = {
        "cursor": chunk.cursor,
        "reached": event.reached + chunk.size(),
        "started_at": event.started_at or now,
    }
    if chunk.at_addresses != event.at_addresses:
        columns["at_addresses"] = chunk.at_addresses
    if not chunk.cursor and not chunk.later:
        columns |= {"stragglers": [], "delivered_at": now, "due_at": None}
    elif chunk.later != event.stragglers:
        columns["stragglers"] = chunk.later
    return bool(unmoved.update(**columns))


def hold_people(
    people: Collection[Any], everybody: Collection[Any], *, may_lack: bool = False
) -> set[Any]:
    """Keep people from changing whom nobody else is changing, without waiting; return them.

    The users come first, in case somebody has locked one: the foreign key of a notification wants
    them, and would wait while all these inboxes are locked.

    Args:
        people: those whose inboxes are to be locked.
        everybody: these, and others whose inbox stays as it is.
        may_lack: whether to pass over those who have no inbox.

    Raises:
        NoInbox: some of the people have none. It is made outside of the transaction, which would
            make others wait for the rows it inserts.
    """
    has_locks = connections[router.db_for_write(Event)].features.has_select_for_update
    is_all = len(people) == len(everybody)
    kept = set(people) if is_all and not has_locks else locks.keep(get_user_model(), everybody)
    wanted = [user for user in people if user in kept]
    held = numbers.hold(wanted, wait=False) if wanted else set()
    if len(held) < len(people) and not may_lack:
        others = [user for user in people if user not in held]
        if missing := list(numbers.without_inbox(others).values_list("pk", flat=True)):
            raise NoInbox(missing)
    return held if is_all else held | kept.difference(people)


def _still_there(users: list[Any]) -> set[Any]:
    """Return those of the users who have not been deleted."""
    return set(all_users().filter(among("pk", users)).values_list("pk", flat=True))


def leave(event: Event, written: Written, busy: list[list[Any]]) -> Written:
    """Note the people who were passed over; if only they are left, come back in a moment."""
    to_python = get_user_model()._meta.pk.to_python
    there = _still_there([to_python(user) for user, _ in busy])
    busy = [straggler for straggler in busy if to_python(straggler[0]) in there]
    written = written._replace(
        reached=written.reached - len(busy),
        stragglers=written.stragglers + busy,
        is_stuck=bool(busy) and not written.arrivals,
    )
    columns: dict[str, Any] = {"reached": written.reached, "stragglers": written.stragglers}
    if written.stragglers and (written.is_stuck or not written.cursor):
        due_at = timezone.now() + STRAGGLERS_WAIT
        columns |= {"delivered_at": None, "due_at": due_at}
        transaction.on_commit(partial(nudge, due_at), using=router.db_for_write(Event))
    Event.objects.filter(pk=event.pk).update(**columns)
    return written
