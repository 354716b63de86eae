"""Inboxes, one per user, and the notifications in them.

The idea that the package is built on: `Inbox.rev` counts the committed changes of an inbox, and
every row stores the revision of its last change. What a browser shows is a function of `rev`.
Rows are therefore changed only by the functions of `realtime_notify.inbox` and by delivery, which
lock the inbox, add 1 to `rev` and update the counters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from django.conf import settings as django_settings
from django.db import models
from django.db.models import Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from realtime_notify.links import object_url
from realtime_notify.models.admin_links import admin_link
from realtime_notify.models.events import Event
from realtime_notify.models.humanize import HumanReadableMixin
from realtime_notify.models.partial import PartialIndex
from realtime_notify.models.primary import PrimaryManager, PrimaryModel
from realtime_notify.models.querysets import ACTIVE, ARCHIVED, UNREAD, NotificationQuerySet, bulk
from realtime_notify.models.subscriptions import Subscription

if TYPE_CHECKING:
    from django.http import HttpRequest


Role = Literal["actor", "action_object", "target"]
"""The part that an object plays in an event."""

Deleted = tuple[int, dict[str, int]]
"""How many rows were deleted, and how many of each model."""


class Inbox(PrimaryModel):
    """A user's inbox: a revision number and the counters that belong to it."""

    user = models.OneToOneField(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="notify_inbox",
        verbose_name=_("user"),
    )
    rev = models.PositiveBigIntegerField(
        _("revision"), default=0, help_text=_("Committed changes so far.")
    )
    unread = models.PositiveIntegerField(
        _("unread"), default=0, help_text=_("Active notifications that are unread.")
    )
    unseen = models.PositiveIntegerField(
        _("unseen"),
        default=0,
        help_text=_("Unread notifications newer than the seen mark."),
    )
    seen = models.PositiveBigIntegerField(
        _("seen mark"), default=0, help_text=_("Notifications up to this revision were seen.")
    )
    floor = models.PositiveBigIntegerField(
        _("floor"), default=0, help_text=_("Clients at an earlier revision reload the inbox.")
    )
    caught_up = models.PositiveBigIntegerField(
        _("caught up to"),
        default=0,
        help_text=_("Broadcasts up to this number have been taken in."),
    )

    class Meta:
        verbose_name = _("inbox")
        verbose_name_plural = _("inboxes")

    def __str__(self) -> str:
        return f"{self.pk}: rev {self.rev}, {self.unread} unread"


NotificationManager = PrimaryManager.from_queryset(NotificationQuerySet)


class Notification(HumanReadableMixin, PrimaryModel):
    """A user's copy of an event: its state, and its position in the inbox."""

    event = models.ForeignKey(
        # Deleting an event would take rows out of inboxes without a new revision.
        Event,
        on_delete=models.PROTECT,
        related_name="notifications",
        verbose_name=_("event"),
        db_index=False,
    )
    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notify_notifications",
        verbose_name=_("user"),
        db_index=False,
    )
    subscription = models.ForeignKey(
        Subscription,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="notifications",
        verbose_name=_("subscription"),
        db_index=False,
    )
    seq = models.PositiveBigIntegerField(
        _("sequence"),
        help_text=_("The revision at which it last arrived; the inbox is sorted by it."),
    )
    rev = models.PositiveBigIntegerField(
        _("revision"), help_text=_("The revision of its last change.")
    )
    occurrences = models.PositiveIntegerField(_("occurrences"), default=1)
    edition = models.PositiveIntegerField(
        _("edition"),
        default=0,
        editable=False,
        help_text=_("The edition of its event that its inbox has learned of."),
    )
    fingerprint = models.BigIntegerField(_("fingerprint"), editable=False)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    archived_at = models.DateTimeField(_("archived at"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    emailed_at = models.DateTimeField(
        _("e-mailed at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When it was sent to its owner by e-mail."),
    )

    objects: ClassVar = NotificationManager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-seq"]
        constraints = [
            models.UniqueConstraint(fields=["event", "user"], name="rn_notification_once"),
            models.CheckConstraint(condition=Q(rev__gte=models.F("seq")), name="rn_rev_after_seq"),
        ]
        # Index entries are most of the work of inserting a row, so each index is named with the
        # queries that need it. A new row has no entry in those of archived and snoozed rows. The
        # unique constraint serves expiry and feeds, which look for the holders of an event.
        indexes = [
            # the repeats of an event in a chunk of its audience. (fingerprint, user) would cost
            # less to insert, but planners then read all holders of the fingerprint for each chunk.
            # It is the first because MariaDB checks the foreign key of `user`, which locks the
            # user, whenever an entry of the first index changes that begins with it: never here
            PartialIndex(fields=["user", "fingerprint"], name="rn_notification_same", where=UNREAD),
            # sync(); all rows of a person: when a user is deleted, their recent types, retention
            models.Index(fields=["user", "rev"], name="rn_notification_rev"),
            # page() and sync() with a reset
            PartialIndex(
                fields=["user", "-seq"],
                name="rn_notification_active",
                where=ACTIVE,
                otherwise=["user", "archived_at", "deleted_at", "snoozed_until", "-seq"],
            ),
            # page(unread=True), mark_seen()
            PartialIndex(
                fields=["user", "-seq"],
                name="rn_notification_unread",
                where=UNREAD,
                otherwise=["user", "archived_at", "deleted_at", "snoozed_until", "read_at", "-seq"],
            ),
            # page(archived=True)
            PartialIndex(fields=["user", "-seq"], name="rn_notification_archived", where=ARCHIVED),
            # wake()
            PartialIndex(
                fields=["snoozed_until"],
                name="rn_notification_snoozed",
                where=Q(snoozed_until__isnull=False),
            ),
            # the rows that a deleted subscription sets to NULL
            PartialIndex(
                fields=["subscription"],
                name="rn_notification_subscribed",
                where=Q(subscription__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.sentence()

    # Changes

    def mark_as_read(self) -> None:
        """Mark it as read. Nothing changes if it is read already."""
        self._change(bulk().MARK_ANY_READ)

    def mark_as_unread(self) -> None:
        """Mark it as unread. Nothing changes if it is unread already."""
        self._change(bulk().MARK_ANY_UNREAD)

    def delete(self, using: str | None = None, keep_parents: bool = False) -> Deleted:
        """Delete it from its inbox; without `SOFT_DELETE` the row is removed."""
        deleted = self._change(bulk().DELETE)
        return deleted, {self._meta.label: deleted} if deleted else {}

    delete.alters_data = True  # type: ignore[attr-defined]

    def _change(self, transition: Any) -> int:
        changed: int = bulk().change_one(self, transition)
        return changed

    # URLs of its objects

    def url_of(self, name: Role, request: HttpRequest | None = None) -> str | None:
        """Return the URL of its actor, action object or target.

        This is the object's URL today (see `realtime_notify.links.object_url()`). If the object
        is deleted or has no URL, it is the URL stored when the event happened.

        Args:
            name: "actor", "action_object" or "target".
            request: the current request, for URLs that depend on it.

        Returns:
            The URL; None if there is no such object, or it has no URL.
        """
        live = object_url(getattr(self.event, name), self, request)
        return live or getattr(self.event, f"{name}_url") or None

    def actor_object_url(self) -> SafeString:
        """Return a link to the actor's page in the admin, as HTML; empty without an actor."""
        return self._admin_link("actor")

    def action_object_url(self) -> SafeString:
        """Return a link to the action object's page in the admin. See `actor_object_url()`."""
        return self._admin_link("action_object")

    def target_object_url(self) -> SafeString:
        """Return a link to the target's page in the admin. See `actor_object_url()`."""
        return self._admin_link("target")

    def _admin_link(self, name: Role) -> SafeString:
        event: Any = self.event
        return admin_link(getattr(event, f"{name}_type_id"), getattr(event, f"{name}_id"))
