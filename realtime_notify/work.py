"""All work that is due: deliveries, what wakes, expires or has changed, and messages to leave.

The worker does it in rounds, again and again. So does every server process, except for sending: a
small site needs no worker to fill inboxes, but no visitor waits for a mail server. Any number of
processes may do it at once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

from realtime_notify import sending
from realtime_notify.delivery import sweep
from realtime_notify.delivery.revising import remove, show_editions
from realtime_notify.delivery.sweeping import Stop, within
from realtime_notify.delivery.waking import wake
from realtime_notify.wire.waits import watched

logger = logging.getLogger(__name__)

SHARE = 5.0
"""Seconds that each kind of work gets in a round, so that a large one does not hold up the others.

What the work is doing when they are over is finished first: one chunk, or one message.
"""


@dataclass(frozen=True, slots=True)
class Work:
    """What was done of each kind of work.

    Attributes:
        delivered: events that were delivered to everybody.
        woken: snoozed notifications that arrived again.
        removed: events that expired or were withdrawn, and are out of every inbox.
        edited: events whose new text every inbox shows.
        sent: messages that left the site.
    """

    delivered: int = 0
    woken: int = 0
    removed: int = 0
    edited: int = 0
    sent: int = 0

    def __add__(self, other: Work) -> Work:
        names = [field.name for field in fields(self)]
        return Work(**{name: getattr(self, name) + getattr(other, name) for name in names})

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def run_due(should_stop: Stop = lambda: False, *, send: bool = True) -> Work:
    """Deliver, wake, remove, edit and send what is due, until nothing is left.

    This is what a task engine calls; see docs/operations.md. Losing a call loses nothing: whatever
    is due stays in the rows.

    Args:
        should_stop: asked before each step.
        send: whether to send messages as well. Server processes leave that to the worker.

    Returns:
        What was done.
    """
    with watched("Due work", should_stop) as going_on:
        return sum(rounds(going_on, send=send), Work())


def rounds(should_stop: Stop = lambda: False, *, send: bool = True) -> Iterator[Work]:
    """Do what is due, each kind of work in turn, until nothing is left of any kind.

    Args:
        should_stop: asked before each step.
        send: whether to send messages as well.

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
            sent=_attempt(_send, within(SHARE, should_stop)) if send else 0,
        )
        # What lasted as long as its share may have been cut short.
        is_more = bool(done) or time.monotonic() - began >= SHARE
        yield done


def _send(should_stop: Stop) -> int:
    return sending.send_due(should_stop).sent


def _attempt(work: Callable[[Stop], int], should_stop: Stop) -> int:
    """Do one kind of work; a failure must not hold up the others."""
    try:
        return work(should_stop)
    except Exception:
        logger.exception("%s() failed; the next sweep will retry it.", work.__name__)
        return 0
