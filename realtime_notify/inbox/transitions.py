"""The changes of state that notifications in an inbox make, each declared once."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from realtime_notify.models.querysets import ACTIVE, UNREAD

_NO_ROWS = Q()


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
    """

    name: str
    applies_to: Q
    sets: str = ""
    clears: str = ""
    leaves: Q = _NO_ROWS
    enters: Q = _NO_ROWS

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
DELETE = Transition(name="delete", applies_to=_EXISTS, sets="deleted_at", leaves=UNREAD)
RESTORE = Transition(
    name="restore",
    applies_to=Q(deleted_at__isnull=False),
    clears="deleted_at",
    enters=Q(archived_at=None, snoozed_until=None, read_at=None),
)
