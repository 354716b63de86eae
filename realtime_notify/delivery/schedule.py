"""Time-driven work: due deliveries, notifications that wake, events that expire or changed.

The worker does it in rounds, again and again, and so does every server process, so a site needs no
worker. Any number of processes may do it at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.db import OperationalError
from django.utils import timezone

from realtime_notify.conf import settings
from realtime_notify.delivery.revising import remove, show_editions
from realtime_notify.delivery.sweeping import Stop, sweep, within
from realtime_notify.inbox import waking
from realtime_notify.models import Notification

logger = logging.getLogger(__name__)

SHARE = 5.0
"""Seconds that each kind of work gets in a round, so that a large one does not hold up the others.

What the work is doing when they are over is finished first: one chunk.
"""


@dataclass(frozen=True, slots=True)
class Work:
    """What was done of each kind of work.

    Attributes:
        delivered: events that were delivered to everybody.
        woken: snoozed notifications that arrived again.
        removed: events that expired or were withdrawn, and are out of every inbox.
        edited: events whose new text every inbox shows.
    """

    delivered: int = 0
    woken: int = 0
    removed: int = 0
    edited: int = 0

    def __add__(self, other: Work) -> Work:
        names = [field.name for field in fields(self)]
        return Work(**{name: getattr(self, name) + getattr(other, name) for name in names})

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def run_due(should_stop: Stop = lambda: False) -> Work:
    """Deliver, wake, remove and edit what is due, until nothing is left.

    This is what a task engine calls; see docs/operations.md. Losing a call loses nothing: whatever
    is due stays in the rows.

    Args:
        should_stop: asked before each step.

    Returns:
        What was done.
    """
    return sum(rounds(should_stop), Work())


def rounds(should_stop: Stop = lambda: False) -> Iterator[Work]:
    """Do what is due, each kind of work in turn, until nothing is left of any kind.

    Args:
        should_stop: asked before each step.

    Yields:
        What each round did. It may have done nothing yet of a large piece of work.
    """
    is_more = True
    while is_more and not should_stop():
        began = time.monotonic()
        done = Work(
            delivered=sweep(within(SHARE, should_stop)),
            woken=_attempt(wake, within(SHARE, should_stop)),
            removed=_attempt(remove, within(SHARE, should_stop)),
            edited=_attempt(show_editions, within(SHARE, should_stop)),
        )
        # What lasted as long as its share may have been cut short.
        is_more = bool(done) or time.monotonic() - began >= SHARE
        yield done


def _attempt(work: Callable[[Stop], int], should_stop: Stop) -> int:
    """Do one kind of work; a failure must not hold up the others."""
    try:
        return work(should_stop)
    except Exception:
        logger.exception("%s() failed; the next sweep will retry it.", work.__name__)
        return 0


def wake(should_stop: Stop = lambda: False) -> int:
    """Let notifications arrive again, at the top, whose snooze is over.

    A notification that cannot wake is logged, tried again by the next call, and holds up no other.

    Args:
        should_stop: asked before each chunk.

    Returns:
        How many notifications woke.
    """
    due = Notification.objects.filter(snoozed_until__lte=timezone.now())
    due = due.order_by("snoozed_until", "pk")
    woken = 0
    columns = ("snoozed_until", "pk", "user_id")
    chunk = due.values_list(*columns)[: settings.CHUNK_SIZE]
    while chunk and not should_stop():
        woken += _wake({pk: user for _, pk, user in chunk})
        moment, last, _ = chunk[len(chunk) - 1]
        later = due.filter(snoozed_until__gte=moment).exclude(snoozed_until=moment, pk__lte=last)
        chunk = later.values_list(*columns)[: settings.CHUNK_SIZE]
    return woken


def _wake(owners: Mapping[int, Any]) -> int:
    """Wake notifications; if that fails, those that can.

    Halves find the one that fails among two thousand by a few tries.
    """
    try:
        return waking.wake(owners)
    except OperationalError:
        raise
    except Exception:
        pks = list(owners)
        if len(pks) == 1:
            logger.exception("Notification %s cannot wake; the next sweep will retry it.", *pks)
            return 0
    middle = len(pks) // 2
    return sum(_wake({pk: owners[pk] for pk in half}) for half in (pks[:middle], pks[middle:]))
