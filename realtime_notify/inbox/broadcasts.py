"""Taking broadcasts in: from a numbered event to the inboxes of those who look.

`Inbox.caught_up` is the number up to which an inbox has taken broadcasts in. Whoever reads an inbox
takes in first (see `inboxes.inbox_of()`); server processes do it for those who are connected. Each
broadcast that concerns a person becomes the next revision of their inbox, as if delivery had
written it, and is pushed in the same way.

Whom a broadcast concerns is decided when it is taken in. For those who have unsubscribed by then,
and for everybody once it has expired, no row is ever written.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping
from contextlib import nullcontext
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db import (
    DatabaseError,
    IntegrityError,
    OperationalError,
    connections,
    router,
    transaction,
)
from django.db.models import Min, Q

from realtime_notify import audience
from realtime_notify.audience.addressing import happened_at
from realtime_notify.audience.sql import joined_field
from realtime_notify.inbox import arrivals, numbers
from realtime_notify.inbox.arrivals import Reached
from realtime_notify.inbox.numbers import Numbers
from realtime_notify.models import BroadcastCounter, Event, Inbox, locks
from realtime_notify.models.arrays import among
from realtime_notify.models.events import EventQuerySet
from realtime_notify.models.media import INBOX
from realtime_notify.models.primary import all_users
from realtime_notify.models.transactions import retried, writing

logger = logging.getLogger(__name__)

MAX_EVENTS = 500
"""How many broadcasts one transaction takes in."""
MAX_ROWS = 100_000
"""How many notifications one transaction writes."""
TRIES = 3
PAUSE = 0.05
PATIENCE = 10.0
"""Seconds for which busy inboxes are tried again and again, before they are waited for."""


def take_in(users: Collection[Any], *, wait: bool = True) -> bool:
    """Write the broadcasts that inboxes lack into them, and push them after the commit.

    The number of statements depends neither on how many people there are nor on how many
    broadcasts, up to `MAX_EVENTS` and `MAX_ROWS`. Any number of processes may do it for the same
    people at once.

    Args:
        users: the primary keys of the owners. Those who have no inbox get one.
        wait: whether to wait for inboxes that somebody else has locked. Otherwise they are passed
            over and stay behind.

    Returns:
        Whether some of them were behind.
    """
    newest, behind = _compare(users, wait=wait)
    if not behind:
        return False
    connection = connections[_database()]
    # On MariaDB, whoever waits for a user while holding the inbox can be the half of a deadlock.
    must_return = wait and connection.vendor == "mysql" and not connection.in_atomic_block
    end = time.monotonic() + PATIENCE
    while behind:
        left = retried(
            partial(_take_in_portion, behind, newest, wait=wait and not must_return),
            f"Taking broadcasts in for {len(behind)} people",
            tries=1 if connection.in_atomic_block else TRIES,
            errors=(IntegrityError, OperationalError),  # somebody was deleted, or a deadlock
        )
        if must_return:
            _, left = _compare(behind, wait=wait)
            if left == behind:
                time.sleep(PAUSE)  # and holds nothing meanwhile
                must_return = time.monotonic() < end
        behind = left
    return True


def try_to_take_in(users: Collection[Any], *, wait: bool = True) -> bool:
    """Take in what inboxes lack, for those who read or change them and must not fail.

    Args:
        users: the primary keys of the owners.
        wait: as in `take_in()`.

    Returns:
        Whether it has worked. What goes wrong is logged, and the inboxes stay behind.
    """
    database = _database()
    in_transaction = connections[database].in_atomic_block
    try:
        # A savepoint keeps the transaction of somebody else usable if this fails.
        with transaction.atomic(using=database) if in_transaction else nullcontext():
            take_in(users, wait=wait)
        return True
    except DatabaseError as error:
        logger.warning("%s was left without its newest broadcasts: %s", _named(users), error)
    except Exception:
        logger.exception("%s was left without its newest broadcasts.", _named(users))
    return False


def count_unread(inbox: Inbox) -> int:
    """Return how many notifications are unread once an inbox has taken in what it lacks.

    It locks and writes nothing: for those who read inside a transaction of somebody else's, or
    from a database that takes no writes.
    """
    newest = BroadcastCounter.objects.newest()
    mine = {inbox.pk: numbers.of(inbox)}
    events: list[Event] = []
    reached: dict[int, Reached] = {}
    for start in range(_lowest(mine, newest), newest, MAX_EVENTS):
        portion = list(_broadcasts(start, min(newest, start + MAX_EVENTS)))
        reached |= _reached(portion, mine)
        events += [event for event in portion if reached[event.pk]]
    arrivals.count(events, reached, mine)
    return mine[inbox.pk].unread


def _take_in_portion(people: list[Any], newest: int, *, wait: bool) -> list[Any]:
    """Take some broadcasts in, in a transaction, and return the people who are still behind."""
    with writing(Inbox) as database:
        inboxes = _lock(people, newest, wait=wait)
        if not inboxes:
            return []
        # The database may have been restored since it was asked. An inbox that is ahead of the
        # counter would never take in what gets these numbers next.
        newest = min(newest, BroadcastCounter.objects.newest())
        lowest = _lowest(inboxes, newest)
        most = max(1, min(MAX_EVENTS, MAX_ROWS // len(inboxes)))
        upto = min(newest, lowest + most)
        events = _kept(lowest, upto)
        arrived = arrivals.write(events, _reached(events, inboxes), inboxes)
        for inbox in inboxes.values():
            inbox.caught_up = max(inbox.caught_up, upto)
        numbers.save(inboxes, "rev", "unread", "unseen", "caught_up")
        announce = partial(arrivals.announce, events, arrived)
        transaction.on_commit(announce, using=database)
    return [user for user, inbox in inboxes.items() if inbox.caught_up < newest]


def _compare(users: Collection[Any], *, wait: bool) -> tuple[int, list[Any]]:
    """Return the number of the newest broadcast, and those of the users who lack one.

    If there is a broadcast, those who have no inbox get one here.
    """
    inboxes = Inbox.objects.filter(among("pk", users))
    rows = list(inboxes.values_list("pk", "caught_up", BroadcastCounter.objects.newest_number()))
    newest = rows[0][-1] if rows else BroadcastCounter.objects.newest()
    known = {pk: caught_up for pk, caught_up, _ in rows}
    if newest and (missing := [user for user in users if user not in known]):
        numbers.ensure_inboxes(missing, wait=wait)
    return newest, [user for user in users if known.get(user, 0) < newest]


def _lock(people: list[Any], newest: int, *, wait: bool) -> dict[Any, Numbers]:
    """Lock the inboxes that are behind; somebody else may have taken in meanwhile."""
    if not wait:
        there = locks.keep(get_user_model(), people)
        people = [user for user in people if user in there]
    locked = numbers.lock(people, wait=wait)
    return {user: inbox for user, inbox in locked.items() if inbox.caught_up < newest}


def _lowest(inboxes: Mapping[Any, Numbers], newest: int) -> int:
    """Return the number up to which none of these inboxes needs anything any more.

    New users are spared the history of a site: nothing from before they joined concerns them.
    """
    lowest = min(inbox.caught_up for inbox in inboxes.values())
    name = joined_field()
    if lowest or newest <= MAX_EVENTS or not name:
        return lowest
    first = all_users().filter(among("pk", inboxes)).aggregate(first=Min(name))["first"]
    if first is None:
        return lowest
    before = Event.objects.filter(number__lte=newest, delivered_at__lt=first).order_by("-number")
    return before.values_list("number", flat=True).first() or 0


def _broadcasts(after: int, upto: int) -> EventQuerySet:
    """Return the broadcasts with these numbers that still stand, in their order."""
    events = Event.objects.unexpired().not_withdrawn().select_related("type")
    return events.filter(number__gt=after, number__lte=upto).order_by("number")


def _reached(events: list[Event], inboxes: Mapping[Any, Numbers]) -> dict[int, Reached]:
    """Return the people whom each event concerns and whose inbox lacks it."""
    if not events:
        return {}
    concerned = audience.concerned(events, list(inboxes))[INBOX]
    joined = _joined_after(min(map(happened_at, events)), inboxes)
    return {
        event.pk: {
            user: subscription
            for user, subscription in concerned[event.pk].items()
            if inboxes[user].caught_up < (event.number or 0)
            and (user not in joined or joined[user] <= happened_at(event))
        }
        for event in events
    }


def _joined_after(moment: datetime, users: Collection[Any]) -> dict[Any, datetime]:
    """Return when users joined, of those who joined after a moment.

    A group may have subscribed long before somebody joined; delivery would not have reached them.
    """
    name = joined_field()
    if not name:
        return {}
    late = all_users().filter(among("pk", users), **{f"{name}__gt": moment})
    return dict(late.values_list("pk", name))


def _kept(after: int, upto: int) -> list[Event]:
    """Return broadcasts as `_broadcasts()`; they stay as they are until the transaction ends.

    Whoever takes an event out of inboxes, or shows them another text, waits for this lock, and so
    finds what is being written. Those who were faster have closed the event, which is left out
    though it expires only this moment, or have changed the text, which is therefore read under the
    lock. Neither holds an event while it waits for an inbox.
    """
    closed = Q(expires_at__isnull=False, removal_due_at=None)
    pks = locks.keep_all(_broadcasts(after, upto).exclude(closed), wait=True)
    events = Event.objects.filter(among("pk", pks)).select_related("type").order_by("number")
    return list(events) if pks else []


def _named(users: Collection[Any]) -> str:
    """Name one inbox, or some, in a line of the log."""
    first = next(iter(users))
    return f"Inbox {first}" if len(users) == 1 else f"Each of {len(users)} inboxes, as {first},"


def _database() -> str:
    return router.db_for_write(Inbox)
