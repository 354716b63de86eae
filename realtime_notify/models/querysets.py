"""Querysets of notifications: selections by state, and bulk changes.

Whatever browsers show is changed inbox by inbox. Updating rows directly would leave the counters
wrong and open browsers out of date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models import Q
from django.utils import timezone

from realtime_notify.conf import settings
from realtime_notify.models.events import DELIVERY_ONLY

if TYPE_CHECKING:
    from realtime_notify.models.inboxes import Notification  # noqa: F401  (a forward reference)

ACTIVE = Q(archived_at=None, deleted_at=None, snoozed_until=None)
"""What the list of an inbox shows."""
UNREAD = ACTIVE & Q(read_at=None)
"""What the counters of an inbox count."""
ARCHIVED = Q(archived_at__isnull=False, deleted_at=None)
"""What the archive of an inbox shows."""
_DELETED = Q(deleted_at__isnull=False)


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notifications by state, and changes to all of them."""

    def active(self) -> NotificationQuerySet:
        """Return those that the inbox shows: neither archived nor deleted nor snoozed."""
        return self.filter(ACTIVE)

    def archived(self) -> NotificationQuerySet:
        """Return those that are archived and not deleted."""
        return self.filter(ARCHIVED)

    def deleted(self) -> NotificationQuerySet:
        """Return those that are marked as deleted.

        Raises:
            ImproperlyConfigured: `SOFT_DELETE` is off, so that deleted rows do not exist.
        """
        _require_soft_delete("deleted()")
        return self.filter(_DELETED)

    def unread(self, include_deleted: bool = False) -> NotificationQuerySet:
        """Return active notifications that are unread, and optionally deleted ones."""
        return self._shown(include_deleted).filter(read_at__isnull=True)

    def read(self, include_deleted: bool = False) -> NotificationQuerySet:
        """Return active notifications that are read, and optionally deleted ones."""
        return self._shown(include_deleted).filter(read_at__isnull=False)

    def sent(self) -> NotificationQuerySet:
        """Return those that were sent to their owner by e-mail."""
        return self.filter(emailed_at__isnull=False)

    def unsent(self) -> NotificationQuerySet:
        """Return those that were not sent to their owner by e-mail."""
        return self.filter(emailed_at__isnull=True)

    def public(self) -> NotificationQuerySet:
        """Return notifications of public events."""
        return self.filter(event__public=True)

    def private(self) -> NotificationQuerySet:
        """Return notifications of events that are private to their recipients."""
        return self.filter(event__public=False)

    def with_event(self) -> NotificationQuerySet:
        """Join the event, with all that showing a notification needs."""
        return self.select_related("event__type").defer(
            *(f"event__{name}" for name in DELIVERY_ONLY)
        )

    def mark_all_as_read(self, recipient: object = None) -> int:
        """Mark all of these as read, including archived, snoozed and deleted ones.

        Open browsers are updated after the commit.

        Args:
            recipient: change only this user's notifications; None for everybody's.

        Returns:
            How many changed.
        """
        return self._change(bulk().MARK_ANY_READ, recipient)

    def mark_all_as_unread(self, recipient: object = None) -> int:
        """Mark all of these as unread. See `mark_all_as_read()`."""
        return self._change(bulk().MARK_ANY_UNREAD, recipient)

    def mark_all_as_deleted(self, recipient: object = None) -> int:
        """Mark all of these as deleted, which can be undone. See `mark_all_as_read()`.

        Raises:
            ImproperlyConfigured: `SOFT_DELETE` is off; call `delete()` instead.
        """
        _require_soft_delete("mark_all_as_deleted()")
        return self._change(bulk().DELETE, recipient)

    def mark_all_as_active(self, recipient: object = None) -> int:
        """Restore all of these from deletion. See `mark_all_as_read()`.

        Notifications that were archived or snoozed when they were deleted are so again.
        Notifications of events that have expired or were withdrawn stay deleted.

        Raises:
            ImproperlyConfigured: `SOFT_DELETE` is off, so that deleted rows do not exist.
        """
        _require_soft_delete("mark_all_as_active()")
        return self._change(bulk().RESTORE, recipient)

    def mark_as_sent(self, recipient: object = None) -> int:
        """Record that these were sent by e-mail, and return how many changed."""
        return self._of(recipient).unsent().update(emailed_at=timezone.now())

    def mark_as_unsent(self, recipient: object = None) -> int:
        """Record that these have yet to be sent by e-mail, and return how many changed."""
        return self._of(recipient).sent().update(emailed_at=None)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete all of these from their inboxes; without `SOFT_DELETE` the rows are removed.

        Returns:
            How many were deleted, and the same by model, as Django's `delete()`.
        """
        deleted = self._change(bulk().DELETE, None)
        return deleted, {self.model._meta.label: deleted} if deleted else {}

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def erase(self) -> int:
        """Remove the rows from the table, and return how many there were.

        This does not change the inboxes. The caller must also raise their `floor`, which makes
        browsers that show the rows reload the inbox. Otherwise call `delete()`.
        """
        return super().delete()[1].get(self.model._meta.label, 0)

    erase.alters_data = True  # type: ignore[attr-defined]
    erase.queryset_only = True  # type: ignore[attr-defined]

    def _shown(self, include_deleted: bool) -> NotificationQuerySet:
        return self.filter(ACTIVE | _DELETED) if include_deleted else self.active()

    def _of(self, recipient: Any) -> NotificationQuerySet:
        return self if recipient is None else self.filter(user=recipient)

    def _change(self, transition: Any, recipient: object) -> int:
        changed: int = bulk().change_all(self._of(recipient), transition)
        return changed


def bulk() -> Any:
    """Return `realtime_notify.inbox.bulk`, which changes notifications through their inboxes.

    It is imported late, because inbox is a floor above models; docs/decisions.md has the reason.
    """
    from realtime_notify.inbox import bulk

    return bulk


def _require_soft_delete(what: str) -> None:
    if not settings.SOFT_DELETE:
        raise ImproperlyConfigured(
            f"{what} needs the rows that REALTIME_NOTIFY['SOFT_DELETE'] = True keeps. Set it, or "
            "call delete(), which removes them."
        )
