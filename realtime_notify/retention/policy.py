"""Policies: which notifications and events are not worth their rows any more."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from realtime_notify.conf import MAX_AGE_DAYS, settings
from realtime_notify.models import Notification
from realtime_notify.models.arrays import among
from realtime_notify.models.querysets import ACTIVE, ARCHIVED, UNREAD

STATES = ("read", "archived", "deleted", "unread")


OLDEST = timedelta(days=MAX_AGE_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What to remove. None, everywhere the default, is never. Snoozed notifications always stay.

    Attributes:
        read: notifications in the list that were read so long ago.
        archived: notifications that were archived so long ago.
        deleted: notifications that were deleted so long ago.
        unread: unread notifications in the list whose event happened so long ago.
        expired: deleted notifications whose event expired so long ago.
        keep: the most notifications that an inbox keeps, at least 1. The oldest ones go first;
            unread ones are counted, and stay.
        events: events that happened so long ago, and that are in no inbox.
        sent: messages by other media that were sent, dropped or given up so long ago.
        browsers: browsers that were neither pushed to nor registered again for so long.
    """

    read: timedelta | None = None
    archived: timedelta | None = None
    deleted: timedelta | None = None
    unread: timedelta | None = None
    expired: timedelta | None = None
    keep: int | None = None
    events: timedelta | None = None
    sent: timedelta | None = None
    browsers: timedelta | None = None

    def __post_init__(self) -> None:
        """Refuse what is no age, and an inbox that keeps nothing."""
        for name in (*STATES, "expired", "events", "sent", "browsers"):
            age = getattr(self, name)
            if age is None:
                continue
            if not isinstance(age, timedelta) or not timedelta() <= age <= OLDEST:
                raise ValueError(
                    f"{name} must be a timedelta from 0 to {OLDEST.days:,} days, not {age!r}."
                )
        if self.keep is not None and (type(self.keep) is not int or self.keep < 1):
            raise ValueError(f"keep must be a whole number from 1, not {self.keep!r}.")

    @property
    def concerns_inboxes(self) -> bool:
        """Whether it removes any notification."""
        ages = (getattr(self, name) for name in (*STATES, "expired"))
        return self.keep is not None or any(age is not None for age in ages)

    def doomed(self, users: Collection[Any]) -> Q:
        """Return the condition of the notifications in some inboxes that are to be removed.

        Args:
            users: the primary keys of the owners.
        """
        found = self._too_old(timezone.now())
        if self.keep is not None:
            for user, seq in _oldest_to_keep(users, self.keep):
                found |= _HANDLED & Q(user=user, seq__lt=seq)
        return found

    def _too_old(self, now: datetime) -> Q:
        found = Q(pk__in=())
        if self.read is not None:
            found |= ACTIVE & Q(read_at__lte=now - self.read)
        if self.archived is not None:
            found |= Q(deleted_at=None, archived_at__lte=now - self.archived)
        if self.deleted is not None:
            found |= Q(deleted_at__lte=now - self.deleted)
        if self.unread is not None:
            found |= UNREAD & happened_before(now - self.unread, "event__")
        if self.expired is not None:
            since = now - self.expired
            over = Q(event__expires_at__lte=since) | Q(event__withdrawn_at__lte=since)
            found |= Q(deleted_at__isnull=False) & over
        return found


_HANDLED = Q(deleted_at__isnull=False) | ARCHIVED | (ACTIVE & Q(read_at__isnull=False))
"""All but unread and snoozed notifications."""


def configured() -> Policy | None:
    """Return the policy of the setting `RETENTION`, whose ages are in days; None without one."""
    given = settings.RETENTION
    if not given:
        return None
    ages = {name: timedelta(days=days) for name, days in given.items() if name != "keep"}
    return Policy(keep=given.get("keep"), **ages)


def happened_before(moment: datetime, event: str = "") -> Q:
    """Return the condition of events that happened, and were to arrive, before a moment.

    Args:
        moment: the moment.
        event: the prefix of the event's fields, in queries of another model.
    """
    arrived = Q(**{f"{event}deliver_at": None}) | Q(**{f"{event}deliver_at__lte": moment})
    return arrived & Q(**{f"{event}created__lte": moment})


def _oldest_to_keep(users: Collection[Any], keep: int) -> Iterator[tuple[Any, int]]:
    """Yield those who have more than `keep` notifications, each with the oldest `seq` to keep.

    Deleted ones do not count: nobody sees them.
    """
    rows = Notification.objects.filter(deleted_at=None).order_by()
    counts = rows.filter(among("user", users)).values("user").annotate(count=Count("pk"))
    for user in counts.filter(count__gt=keep).values_list("user", flat=True):
        newest = rows.filter(user=user).order_by("-seq").values_list("seq", flat=True)
        yield from ((user, seq) for seq in newest[keep - 1 : keep])
