"""Each person's inbox, and the notifications in it.

The one idea of the package lives here: `Inbox.rev` counts the committed changes of an inbox, and
every row carries the number of its last change. What a browser shows is a function of `rev`.
Rows therefore change only through the verbs in `realtime_notify.inbox` and through delivery,
which lock the inbox, add 1 to `rev` and keep the counters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from django.conf import settings as django_settings
from django.db import models
from django.db.models import Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from realtime_notify.links import object_url
from realtime_notify.models.admin_links import admin_link
from realtime_notify.models.events import Event
from realtime_notify.models.selections import NotificationQuerySet
from realtime_notify.models.subscriptions import Subscription
from realtime_notify.models.wording import Worded

if TYPE_CHECKING:
    from django.http import HttpRequest


Reference = Literal["actor", "action_object", "target"]
Deleted = tuple[int, dict[str, int]]


class Inbox(models.Model):
    """One person's inbox: a revision number and the counters that belong to it."""

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
        _("unread"), default=0, help_text=_("Active notifications not read.")
    )
    unseen = models.PositiveIntegerField(
        _("unseen"), default=0, help_text=_("Unread ones that arrived after the seen mark.")
    )
    seen = models.PositiveBigIntegerField(
        _("seen mark"), default=0, help_text=_("Everything that arrived up to it was seen.")
    )
    floor = models.PositiveBigIntegerField(
        _("floor"), default=0, help_text=_("Who synchronises from below it starts afresh.")
    )

    class Meta:
        verbose_name = _("inbox")
        verbose_name_plural = _("inboxes")

    def __str__(self) -> str:
        return f"{self.pk}: rev {self.rev}, {self.unread} unread"


class Notification(Worded, models.Model):
    """One person's copy of an event: its state, and its place in the inbox."""

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
    )
    seq = models.PositiveBigIntegerField(
        _("sequence"), help_text=_("The revision at which it last arrived: its place.")
    )
    rev = models.PositiveBigIntegerField(
        _("revision"), help_text=_("The revision of its last change.")
    )
    occurrences = models.PositiveIntegerField(_("occurrences"), default=1)
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
        help_text=_("When its owner was told of it by e-mail."),
    )

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-seq"]
        constraints = [
            models.UniqueConstraint(fields=["event", "user"], name="rn_notification_once"),
            models.CheckConstraint(condition=Q(rev__gte=models.F("seq")), name="rn_rev_after_seq"),
        ]
        indexes = [
            models.Index(fields=["user", "rev"], name="rn_notification_rev"),
            models.Index(fields=["user", "-seq"], name="rn_notification_seq"),
            models.Index(fields=["user", "read_at", "-seq"], name="rn_notification_unread"),
            models.Index(fields=["user", "fingerprint"], name="rn_notification_same"),
            models.Index(fields=["snoozed_until"], name="rn_notification_snoozed"),
        ]

    def __str__(self) -> str:
        return self.in_words()

    # What can be done with it

    def mark_as_read(self) -> None:
        """Mark it as read. What is read already stays as it is."""
        self._mark("read")

    def mark_as_unread(self) -> None:
        """Mark it as not read. What is not read stays as it is."""
        self._mark("unread")

    def delete(self, using: str | None = None, keep_parents: bool = False) -> Deleted:
        """Delete it from its inbox; the setting `SOFT_DELETE` says how thoroughly."""
        deleted = self._mark("delete")
        return deleted, {self._meta.label: deleted} if deleted else {}

    delete.alters_data = True  # type: ignore[attr-defined]

    def _mark(self, change: str) -> int:
        # The verbs stand on a floor above the models; see docs/decisions.md.
        from realtime_notify.inbox import bulk

        return bulk.mark(self, change)

    # Where its objects are to be seen

    def url_of(self, name: Reference, request: HttpRequest | None = None) -> str | None:
        """Return where its actor, action object or target is to be seen.

        As the object says today, see `realtime_notify.links.object_url()`; where it is gone or
        says nothing, as it said when it happened.

        Args:
            name: "actor", "action_object" or "target".
            request: the request that asks.
        """
        live = object_url(getattr(self.event, name), self, request)
        return live or getattr(self.event, f"{name}_url") or None

    def actor_object_url(self) -> SafeString:
        """Return a link to the actor's page in the admin, as HTML; nothing without an actor."""
        return self._admin_link("actor")

    def action_object_url(self) -> SafeString:
        """Return a link to the action object's page in the admin. See `actor_object_url()`."""
        return self._admin_link("action_object")

    def target_object_url(self) -> SafeString:
        """Return a link to the target's page in the admin. See `actor_object_url()`."""
        return self._admin_link("target")

    def _admin_link(self, name: Reference) -> SafeString:
        event: Any = self.event
        return admin_link(getattr(event, f"{name}_type_id"), getattr(event, f"{name}_id"))
