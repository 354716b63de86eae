"""The progress of a delivery: how many people an event has reached, of how many, and how fast."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from realtime_notify import audience
from realtime_notify.models import Event
from realtime_notify.models.events import EventQuerySet


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the delivery of an event is.

    Attributes:
        done: how many people it has dealt with.
        total: how many there are to deal with. Exact for events that are delivered and, but for
            those it cannot reach, for named people; about right for subscribers, see `progress()`.
            None when it is unknown.
        rate: people a second since the delivery began; None before it has begun.
    """

    done: int
    total: int | None
    rate: float | None

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at this rate; None when that is unknown."""
        if self.total is None or not self.rate:
            return None
        return max(0, self.total - self.done) / self.rate

    def __str__(self) -> str:
        said = f"{self.done:,}"
        if self.total is not None:
            percent = min(100, 100 * self.done // self.total) if self.total else 100
            said += f" of {self.total:,} ({percent} %)"
        if self.rate:
            said += f", {self.rate:,.0f}/s"
        if self.seconds_left:
            said += f", {self.seconds_left:,.0f} s left"
        return said


def progress(event: Event, total: int | None = None) -> Progress:
    """Return how far the delivery of an event is, as of when the event was loaded.

    Named people are counted exactly. Subscribers are counted when asked, in a few queries whose
    cost grows with how many are left: those with a subscription, and the members of groups that
    have one. Who has both counts twice, and who is excluded or has opted out counts until the
    delivery has passed them, so the total draws near to the truth.

    Args:
        event: the event.
        total: how many people there are to deal with, if that is known from an earlier call.
    """
    seconds = 0.0
    if event.started_at is not None:
        seconds = ((event.delivered_at or timezone.now()) - event.started_at).total_seconds()
    if event.delivered_at is not None:
        total = event.reached
    elif total is None:
        total = event.reached + audience.estimate_rest(event)
    rate = event.reached / seconds if seconds > 0 else None
    return Progress(event.reached, total, rate)


def running_events() -> EventQuerySet:
    """Return events whose delivery has begun and is not complete, the oldest first."""
    unfinished = Event.objects.filter(due_at__isnull=False, started_at__isnull=False)
    return unfinished.order_by("started_at")
