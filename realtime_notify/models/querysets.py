"""Many notifications at once: by their state, and what can be done with them.

What browsers show goes through the inboxes of the owners, person by person: a row that is updated
behind the back of its inbox would leave the counters wrong and open browsers behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import Q
from django.utils import timezone

from realtime_notify.conf import settings

if TYPE_CHECKING:
    from realtime_notify.models.inboxes import Notification  # noqa: F401  (named in a text below)

ACTIVE = Q(archived_at=None, deleted_at=None, snoozed_until=None)
"""What the list of an inbox shows."""
UNREAD = ACTIVE & Q(read_at=None)
"""What the counters of an inbox count."""
_DELETED = Q(deleted_at__isnull=False)


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notifications by their state, and the verbs for many."""

    def active(self) -> NotificationQuerySet:
        """What an inbox shows: neither archived nor deleted nor snoozed."""
        return self.filter(ACTIVE)

    def archived(self) -> NotificationQuerySet:
        """What was put away and not deleted."""
        return self.filter(archived_at__isnull=False, deleted_at__isnull=True)

    def deleted(self) -> NotificationQuerySet:
        """What was deleted.

        Raises:
            ImproperlyConfigured: the setting `SOFT_DELETE` is off, so nothing is left of it.
        """
        _require_soft_delete("deleted()")
        return self.filter(_DELETED)

    def unread(self, include_deleted: bool = False) -> NotificationQuerySet:
        """Active ones that were not read, and on demand deleted ones that were not."""
        return self._shown(include_deleted).filter(read_at__isnull=True)

    def read(self, include_deleted: bool = False) -> NotificationQuerySet:
        """Active ones that were read, and on demand deleted ones that were."""
        return self._shown(include_deleted).filter(read_at__isnull=False)

    def sent(self) -> NotificationQuerySet:
        """What its owner was told of by e-mail."""
        return self.filter(emailed_at__isnull=False)

    def unsent(self) -> NotificationQuerySet:
        """What its owner was not told of by e-mail."""
        return self.filter(emailed_at__isnull=True)

    def public(self) -> NotificationQuerySet:
        """Of events that others may hear of, too."""
        return self.filter(event__public=True)

    def private(self) -> NotificationQuerySet:
        """Of events that are for their recipients alone."""
        return self.filter(event__public=False)

    def with_event(self) -> NotificationQuerySet:
        """Join the event, all that is needed to show a notification."""
        return self.select_related("event")

    def mark_all_as_read(self, recipient: object = None) -> int:
        """Mark all of these as read: archived, snoozed and deleted ones as well.

        Args:
            recipient: only those of this user; everybody's when None.

        Returns:
            How many were not read before. Open browsers hear of it after the commit.
        """
        return self._mark("read", recipient)

    def mark_all_as_unread(self, recipient: object = None) -> int:
        """Mark all of these as not read. See `mark_all_as_read()`."""
        return self._mark("unread", recipient)

    def mark_all_as_deleted(self, recipient: object = None) -> int:
        """Delete all of these, so that they can be taken back. See `mark_all_as_read()`.

        Raises:
            ImproperlyConfigured: the setting `SOFT_DELETE` is off; say `delete()`.
        """
        _require_soft_delete("mark_all_as_deleted()")
        return self._mark("delete", recipient)

    def mark_all_as_active(self, recipient: object = None) -> int:
        """Take back that these were deleted, each to where it was. See `mark_all_as_read()`.

        What was archived or snoozed when it was deleted is so again. What has expired stays away.

        Raises:
            ImproperlyConfigured: the setting `SOFT_DELETE` is off, so nothing is left of them.
        """
        _require_soft_delete("mark_all_as_active()")
        return self._mark("restore", recipient)

    def mark_as_sent(self, recipient: object = None) -> int:
        """Note that the owners were told by e-mail, and return of how many they had not been."""
        return self._of(recipient).unsent().update(emailed_at=timezone.now())

    def mark_as_unsent(self, recipient: object = None) -> int:
        """Note that the owners have yet to be told, and return of how many they had been."""
        return self._of(recipient).sent().update(emailed_at=None)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete all of these from their inboxes; the setting `SOFT_DELETE` says how thoroughly."""
        deleted = self._mark("delete", None)
        return deleted, {self.model._meta.label: deleted} if deleted else {}

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def erase(self) -> int:
        """Remove the rows themselves, and return how many there were.

        No inbox hears of it. It is for those who raise the inboxes' `floor` as well, so that
        browsers which hold the rows start afresh; everybody else wants `delete()`.
        """
        return super().delete()[1].get(self.model._meta.label, 0)

    erase.alters_data = True  # type: ignore[attr-defined]
    erase.queryset_only = True  # type: ignore[attr-defined]

    def _shown(self, include_deleted: bool) -> NotificationQuerySet:
        return self.filter(ACTIVE | _DELETED) if include_deleted else self.active()

    def _of(self, recipient: Any) -> NotificationQuerySet:
        return self if recipient is None else self.filter(user=recipient)

    def _mark(self, change: str, recipient: object) -> int:
        # The verbs stand on a floor above the models; see docs/decisions.md.
        from realtime_notify.inbox import bulk

        return bulk.mark_all(self._of(recipient), change)


def _require_soft_delete(what: str) -> None:
    if not settings.SOFT_DELETE:
        raise ImproperlyConfigured(
            f"{what} needs rows that were deleted and kept. Leave REALTIME_NOTIFY['SOFT_DELETE'] "
            "at True, or use delete(), which removes them."
        )
