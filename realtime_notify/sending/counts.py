"""What became of messages, counted."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Sent:
    """How many messages were sent, and what became of the others.

    Attributes:
        sent: messages that were handed over.
        events: the events in them.
        dropped: messages that nobody needed any more.
        postponed: messages that could not be sent at present; no attempt was counted.
        failed: messages that will be tried again.
        dead: messages that were given up.
    """

    sent: int = 0
    events: int = 0
    dropped: int = 0
    postponed: int = 0
    failed: int = 0
    dead: int = 0

    def __add__(self, other: Sent) -> Sent:
        names = [field.name for field in fields(self)]
        return Sent(**{name: getattr(self, name) + getattr(other, name) for name in names})

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))
