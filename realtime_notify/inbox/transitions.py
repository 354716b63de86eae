"""The changes of state that notifications in an inbox make, each declared once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db.models import Q
from django.utils import timezone

from realtime_notify.models.querysets import ACTIVE, UNREAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A change of state that notifications make.

    Attributes:
        name: the protocol's word for it.
        applies_to: the rows that are not in the new state yet.
        sets: the timestamp column that says so, or "".
        clears: the timestamp column that says the opposite, or "".
        leaves: which of these rows leave the counters, by their state before the change.
        enters: which of them enter the counters. A transition has one or the other.
        erases: whether the rows themselves go where the setting `SOFT_DELETE` is off.
        spares_removed: whether it leaves alone the notifications of events that have expired or
            were withdrawn.
    """

    name: str
    applies_to: Q
    sets: str = ""
    clears: str = ""
    leaves: Q | None = None
    enters: Q | None = None
    erases: bool = False
    spares_removed: bool = False

    def __post_init__(self) -> None:
        """Refuse a transition whose effect is not clear."""
        if bool(self.sets) == bool(self.clears) or (self.leaves is None) == (self.enters is None):
            raise ValueError(
                f"The transition {self.name!r} needs either sets= or clears=, and either leaves= "
                "or enters=."
            )

    def concerned(self) -> Q:
        """Return the condition of the rows that it applies to at this moment."""
        if self.spares_removed:
            expired = Q(event__expires_at__lte=timezone.now())
            return self.applies_to & ~expired & Q(event__withdrawn_at=None)
        return self.applies_to

    @property
    def brings_back(self) -> bool:
        """Whether browsers may lack rows that the list shows again, or shows otherwise."""
        return bool(self.clears)


_EXISTS = Q(deleted_at=None)

MARK_READ = Transition(
    name="read", applies_to=_EXISTS & Q(read_at=None), sets="read_at", leaves=UNREAD
)
MARK_UNREAD = Transition(
    name="unread", applies_to=_EXISTS & Q(read_at__isnull=False), clears="read_at", enters=ACTIVE
)
ARCHIVE = Transition(name="archive", applies_to=ACTIVE, sets="archived_at", leaves=UNREAD)
UNARCHIVE = Transition(
    name="unarchive",
    applies_to=_EXISTS & Q(archived_at__isnull=False),
    clears="archived_at",
    enters=Q(read_at=None, snoozed_until=None),
)
SNOOZE = Transition(name="snooze", applies_to=ACTIVE, sets="snoozed_until", leaves=UNREAD)
DELETE = Transition(
    name="delete", applies_to=_EXISTS, sets="deleted_at", leaves=UNREAD, erases=True
)

# A project's own code may change deleted notifications as well, and take a deletion back.

MARK_ANY_READ = replace(MARK_READ, applies_to=Q(read_at=None))
MARK_ANY_UNREAD = replace(MARK_UNREAD, applies_to=Q(read_at__isnull=False))
RESTORE = Transition(
    name="restore",
    applies_to=Q(deleted_at__isnull=False),
    clears="deleted_at",
    enters=Q(archived_at=None, snoozed_until=None, read_at=None),
    spares_removed=True,
)
