"""Each person's inbox, and the notifications in it.

The one idea of the package lives here: `Inbox.rev` counts the committed changes of an inbox, and
every row carries the number of its last change. What a browser shows is a function of `rev`.
Rows therefore change only through the verbs in `realtime_notify.inbox` and through delivery,
which lock the inbox, add 1 to `rev` and keep the counters.
"""

from __future__ import annotations

from django.conf import settings as django_settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from realtime_notify.models.events import Event
from realtime_notify.models.subscriptions import Subscription


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


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notifications by their state."""

    def active(self) -> NotificationQuerySet:
        """What an inbox shows: neither archived nor deleted nor snoozed."""
        return self.filter(
            archived_at__isnull=True, deleted_at__isnull=True, snoozed_until__isnull=True
        )

    def archived(self) -> NotificationQuerySet:
        """What was put away and not deleted."""
        return self.filter(archived_at__isnull=False, deleted_at__isnull=True)

    def unread(self) -> NotificationQuerySet:
        """Active ones that were not read."""
        return self.active().filter(read_at__isnull=True)

    def with_event(self) -> NotificationQuerySet:
        """Join the event, all that is needed to show a notification."""
        return self.select_related("event")


class Notification(models.Model):
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
        return f"{self.user_id}: {self.event}"
