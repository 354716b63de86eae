"""What became of messages, counted."""

from __future__ import annotations

from dataclasses import dataclass, fields

from realtime_notify.models import DispatchState
from realtime_notify.sending.marks import Mark
from realtime_notify.sending.reasons import QUIET


@dataclass(frozen=True, slots=True)
class Sent:
    """How many messages were sent, and what became of the others.

    Attributes:
        sent: messages that were handed over.
        events: the events in them.
        dropped: messages that nobody needed any more.
        quiet: messages that wait for the end of their recipient's quiet hours.
        postponed: messages that could not be sent at present; no attempt was counted.
        failed: messages that will be tried again.
        dead: messages that were given up.
    """

    sent: int = 0
    events: int = 0
    dropped: int = 0
    quiet: int = 0
    postponed: int = 0
    failed: int = 0
    dead: int = 0

    def __add__(self, other: Sent) -> Sent:
        names = [field.name for field in fields(self)]
        return Sent(**{name: getattr(self, name) + getattr(other, name) for name in names})

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    def total(self) -> int:
        """Return how many messages it counts."""
        return self.sent + self.dropped + self.quiet + self.postponed + self.failed + self.dead

    def __str__(self) -> str:
        """Return it as a person reads it: "sent 1,200 messages with 3,400 events, dropped 3"."""
        told = f"sent {_number(self.sent, 'message')} with {_number(self.events, 'event')}"
        others = (
            ("dropped", self.dropped),
            ("left for after quiet hours", self.quiet),
            ("postponed", self.postponed),
            ("will try again", self.failed),
            ("gave up", self.dead),
        )
        return ", ".join([told, *(f"{verb} {count:,}" for verb, count in others if count)])


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def counted(mark: Mark) -> Sent:
    """Return what became of one message."""
    if mark.state == DispatchState.SENT:
        return Sent(sent=1, events=mark.events)
    if mark.state == DispatchState.DROPPED:
        return Sent(dropped=1)
    if mark.state == DispatchState.DEAD:
        return Sent(dead=1)
    if mark.reason == QUIET:
        return Sent(quiet=1)
    return Sent(failed=1) if mark.attempts > mark.dispatch.attempts else Sent(postponed=1)
