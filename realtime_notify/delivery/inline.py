"""Inline delivery: what the caller of `notify()` delivers itself, right after the commit.

Most events are small, and reach the browsers without waiting for anybody. But the caller is often
answering a request, so that one budget, of people and of time, holds for all events of a commit.
The rest stays due, and whoever sweeps is nudged at once.
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
    transaction.on_commit(commit, using=using)


def deliver_now(events: Iterable[Event]) -> None:
    """Deliver events within the budget of one commit; never raise.

    Whatever the budget does not cover, and whatever fails, is left to a sweep.
    """
    waiting = list(events)
    budget = _Budget()
    while waiting and budget.is_left():
        portion, waiting = waiting[:MOST], waiting[MOST:]
        waiting = _deliver(portion, budget) + waiting
    if waiting or budget.is_exceeded:
        nudge()


class _Budget:
    """What one commit may spend.

    Attributes:
        people: how many more people may be delivered to.
        is_exceeded: whether an event was left because of it.
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


def _deliver(events: list[Event], budget: _Budget) -> list[Event]:
    """Deliver a few events, and return those that the budget did not cover."""
    together = _attempt(partial(deliver_together, events), events) or set()
    budget.people -= sum(event.reached for event in events if event.pk in together)
    alone = [event for event in events if event.pk not in together]
    while alone and budget.is_left():
        event = alone.pop(0)
        attempt = partial(deliver, event, limit=budget.people, should_stop=budget.is_over)
        budget.is_exceeded |= _attempt(attempt, [event]) is False
        budget.people -= event.reached
    return alone


def _attempt(delivery: Callable[[], Result], events: list[Event]) -> Result | None:
    """Deliver; log what fails, and return None."""
    try:
        return delivery()
    except Exception:
        logger.exception(
            "Event %s was not delivered at once; a sweep will deliver it.",
            ", ".join(str(event.pk) for event in events),
        )
        return None


class _Commit:
    """The events of one transaction. It is called after the commit, once for each `notify()`."""

    def __init__(self) -> None:
        self.events: dict[int, Event] = {}

    def __call__(self) -> None:
        """Deliver everything that is due the first time, when all of it is committed."""
        events, self.events = list(self.events.values()), {}
        if len(events) > 1:
            # Savepoints may have been rolled back in which some of them were written. SQLite takes
            # such a key back and gives it to the next event, which may not be one of these.
            there = Event.objects.filter(among("pk", [event.pk for event in events]))
            those = set(there.values_list("pk", "created", "fingerprint"))
            events = [each for each in events if (each.pk, each.created, each.fingerprint) in those]
        now = timezone.now()
        if due := [event for event in events if (event.deliver_at or now) <= now]:
            deliver_now(due)
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
