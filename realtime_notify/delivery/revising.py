"""Revising: what every inbox that holds an event has still to do, chunk by chunk.

Events that have expired or were withdrawn leave the inboxes, and edited ones show their new text.
What is to be done stands in a column of the event with its due time, until no inbox lacks it. So
a process that dies loses nothing, and any number of processes may do it at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models.functions import Coalesce
from django.utils import timezone

from realtime_notify.conf import settings
from realtime_notify.inbox import holders
from realtime_notify.models import Event
from realtime_notify.models.events import EventQuerySet
from realtime_notify.models.transactions import writing

Stop = Callable[[], bool]

LIMIT = 100


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of change.

    Attributes:
        due: the column of the event that says since when it is to be done.
        step: does it in the next inboxes.
        begin: what is to be done to the event first; may happen many times.
    """

    due: str
    step: Callable[[Event, int, Any], holders.Step | None]
    begin: Callable[[EventQuerySet], object] = lambda event: None


def _close(event: EventQuerySet) -> None:
    """Close the promise to deliver an event that is being removed.

    A process whose clock is behind, or that was about to write a chunk, then finds nothing to
    claim any more.
    """
    event.update(delivered_at=Coalesce("delivered_at", timezone.now()), due_at=None, stragglers=[])


REMOVAL = Kind("removal_due_at", holders.remove, _close)
EDIT = Kind("edit_due_at", holders.show_edition)


def remove(should_stop: Stop = lambda: False) -> int:
    """Take events that have expired or were withdrawn out of all inboxes, chunk by chunk.

    Args:
        should_stop: asked before each chunk.

    Returns:
        How many events are gone from every inbox.
    """
    return _revise(REMOVAL, should_stop)


def show_editions(should_stop: Stop = lambda: False) -> int:
    """Let all inboxes show the new text of events that were edited, chunk by chunk.

    Args:
        should_stop: asked before each chunk.

    Returns:
        How many events show their newest edition everywhere.
    """
    return _revise(EDIT, should_stop)


def _revise(kind: Kind, should_stop: Stop) -> int:
    due = Event.objects.filter(**{f"{kind.due}__lte": timezone.now()}).order_by(kind.due, "pk")
    pks = list(due.values_list("pk", flat=True)[:LIMIT])
    return sum(revise(kind, pk, should_stop).everywhere for pk in pks if not should_stop())


class Revised(NamedTuple):
    """What one call has done.

    Attributes:
        everywhere: whether no inbox lacks the change now.
        people: how many inboxes changed.
    """

    everywhere: bool
    people: int


def revise(kind: Kind, pk: int, should_stop: Stop, limit: int | None = None) -> Revised:
    """Make a change to one event in all inboxes but the busy ones.

    Args:
        kind: the change.
        pk: the primary key of the event.
        should_stop: asked before each chunk.
        limit: stop after this many people and leave the rest to the next call.
    """
    after, busy, people = None, 0, 0
    left = sys.maxsize if limit is None else limit
    while left > people and not should_stop():
        step = chunk(kind, pk, min(settings.CHUNK_SIZE, left - people), after)
        if step is None:
            return Revised(True, people)
        after, busy, people = step.last, busy + step.busy, people + step.changed
        if after is None and busy:
            break  # the next call comes back to them
    return Revised(False, people)


def chunk(kind: Kind, pk: int, size: int, after: Any = None) -> holders.Step | None:
    """Make a change to one event in the next inboxes that lack it.

    Args:
        kind: the change.
        pk: the primary key of the event.
        size: the most people.
        after: the user where the chunk before ended; None to begin.

    Returns:
        What was done; None when no inbox lacks the change, or it is not due.
    """
    with writing(Event):
        event: EventQuerySet = Event.objects.filter(pk=pk, **{f"{kind.due}__lte": timezone.now()})
        kind.begin(event)
        # This lock waits for whoever keeps the event to insert notifications of it, so that the
        # next statement sees every one of them.
        locked = event.to_show().select_for_update().first()
        if locked is None:
            return None
        step = kind.step(locked, size, after)
        if step is None:
            event.update(**{kind.due: None})
        return step
