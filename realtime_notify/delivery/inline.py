"""Inline delivery: what the caller of `notify()` delivers itself, right after the commit.

Most events are small, and reach the browsers without waiting for anybody. But the caller is often
answering a request, so that one budget, of people and of time, holds for all events of a commit,
for those that it withdrew and edited too. The rest stays due, and whoever sweeps is nudged at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from django.db import connections, transaction
from django.utils import timezone

from realtime_notify.conf import settings
from realtime_notify.delivery.fanout import deliver
from realtime_notify.delivery.nudging import nudge
from realtime_notify.delivery.revising import Kind, revise
from realtime_notify.delivery.together import MOST, deliver_together
from realtime_notify.models import Event
from realtime_notify.models.arrays import among

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


def deliver_after_commit(events: Iterable[Event], using: str) -> None:
    """Deliver events once the surrounding transaction has committed, or now if there is none.

    Args:
        events: the events; of those that are not due yet, whoever does due work is told when.
        using: the alias of the database that they were written to.
    """
    commit = _commit_of(using) or _Commit()
    commit.events |= {event.pk: event for event in events}
    _call_after_commit(commit, using)


def revise_after_commit(kind: Kind, pk: int, using: str) -> None:
    """Let inboxes follow a change of an event, once the surrounding transaction has committed.

    Args:
        kind: the change, whose column of the event says that it is due.
        pk: the primary key of the event.
        using: the alias of the database that it was written to.
    """
    commit = _commit_of(using) or _Commit()
    commit.revised[kind, pk] = None
    _call_after_commit(commit, using)


def _call_after_commit(commit: _Commit, using: str) -> None:
    connection = connections[using]
    if connection.in_atomic_block or connection.get_autocommit():
        transaction.on_commit(commit, using=using)
    # Otherwise the caller commits by hand, which Django cannot tell us of; a sweep will see it.


class _Budget:
    """What one commit may spend.

    Attributes:
        people: how many more people may be delivered to.
        is_exceeded: whether something was left because of it.
    """

    def __init__(self) -> None:
        self.people = settings.INLINE_RECIPIENTS
        self.is_exceeded = False
        self._end = time.monotonic() + settings.INLINE_SECONDS

    def is_left(self) -> bool:
        """Return whether anything more may be spent."""
        return self.people > 0 and not self.is_over()

    def is_over(self) -> bool:
        """Return whether the time is over."""
        return time.monotonic() >= self._end


def _deliver_all(events: Iterable[Event], budget: _Budget) -> None:
    """Deliver events within a budget; whatever fails, and all else, is left to a sweep."""
    waiting = list(events)
    while waiting and budget.is_left():
        portion, waiting = waiting[:MOST], waiting[MOST:]
        waiting = _deliver(portion, budget) + waiting
    budget.is_exceeded |= bool(waiting)


def _deliver(events: list[Event], budget: _Budget) -> list[Event]:
    """Deliver a few events, and return those that the budget did not cover."""
    pks = [event.pk for event in events]
    together = _attempt(partial(deliver_together, events), pks) or set()
    budget.people -= sum(event.reached for event in events if event.pk in together)
    alone = [event for event in events if event.pk not in together]
    while alone and budget.is_left():
        event = alone.pop(0)
        attempt = partial(deliver, event, limit=budget.people, should_stop=budget.is_over)
        budget.is_exceeded |= _attempt(attempt, [event.pk]) is False
        budget.people -= event.reached
    return alone


def _revise_all(revised: Iterable[tuple[Kind, int]], budget: _Budget) -> None:
    """Let inboxes follow events that changed, within a budget; the rest is left to a sweep."""
    for kind, pk in revised:
        done = None
        if budget.is_left():
            attempt = partial(revise, kind, pk, budget.is_over, limit=budget.people)
            done = _attempt(attempt, [pk])
        budget.people -= done.people if done else 0
        budget.is_exceeded |= not (done and done.everywhere)


def _attempt(work: Callable[[], Result], pks: list[int]) -> Result | None:
    """Deliver or revise events; log what fails, and return None."""
    try:
        return work()
    except Exception:
        logger.exception(
            "Event %s was not delivered at once; a sweep will deliver it.",
            ", ".join(map(str, pks)),
        )
        return None


class _Commit:
    """The events of one transaction. It is called after the commit, once for each call of ours.

    Attributes:
        events: those that were made, by primary key.
        revised: the changes that were made to any, in their order.
    """

    def __init__(self) -> None:
        self.events: dict[int, Event] = {}
        self.revised: dict[tuple[Kind, int], None] = {}

    def __call__(self) -> None:
        """Do everything that is due the first time, when all of it is committed; never raise."""
        events, self.events = list(self.events.values()), {}
        revised, self.revised = list(self.revised), {}
        if len(events) > 1:
            # Savepoints may have been rolled back in which some of them were written. SQLite takes
            # such a key back and gives it to the next event, which may not be one of these.
            there = Event.objects.filter(among("pk", [event.pk for event in events]))
            those = set(there.values_list("pk", "created", "fingerprint"))
            events = [each for each in events if (each.pk, each.created, each.fingerprint) in those]
        now = timezone.now()
        budget = _Budget()
        _deliver_all([event for event in events if (event.deliver_at or now) <= now], budget)
        _revise_all(revised, budget)
        if budget.is_exceeded:
            nudge()
        planned = {moment for event in events for moment in (event.deliver_at, event.expires_at)}
        for moment in sorted(moment for moment in planned if moment and moment > now):
            nudge(moment)


def _commit_of(using: str) -> _Commit | None:
    """Return what waits already for the commit of the open transaction.

    A callback is found only while its own savepoint may still be committed, and only in the
    transaction it was made in.
    """
    for _, callback, *_ in reversed(connections[using].run_on_commit):
        if isinstance(callback, _Commit):
            return callback
    return None
