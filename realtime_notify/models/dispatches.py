"""Dispatches: what is to leave the site, and what has left it, by every medium but the inbox.

A dispatch is one message to one recipient: a single notification, or a digest of everything that is
due to the same recipient at the same moment. Its items are written in the transaction that delivers
the event, so that nothing is promised that is not kept, and nothing is sent that was rolled back.
"""

from __future__ import annotations

from django.conf import settings as django_settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from model_utils.fields import AutoCreatedField

from realtime_notify.models.endpoints import Endpoint
from realtime_notify.models.events import Event
from realtime_notify.models.fields import ExactCharField
from realtime_notify.models.inboxes import Notification
from realtime_notify.models.media import Medium
from realtime_notify.models.partial import PartialIndex
from realtime_notify.models.primary import PrimaryModel
from realtime_notify.models.subscriptions import Subscription


class DispatchState(models.TextChoices):
    """Where a dispatch stands."""

    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    DROPPED = "dropped", _("dropped")
    DEAD = "dead", _("given up")


class Dispatch(PrimaryModel):
    """One message to one recipient over one medium: queued, sent, dropped or given up.

    `recipient` names the recipient as text, whatever it is: "user:5", "email:ann@example.com",
    "endpoint:2". Everything for the same recipient, medium, interval and moment is one dispatch, as
    long as nobody has taken it: `is_open` is true until then and null afterwards, and NULLs are
    distinct in a unique constraint.
    """

    medium = models.ForeignKey(
        Medium,
        on_delete=models.CASCADE,
        related_name="dispatches",
        verbose_name=_("medium"),
        db_index=False,
    )
    recipient = ExactCharField(_("recipient"), max_length=330)
    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="notify_dispatches",
        verbose_name=_("user"),
    )
    address = models.EmailField(_("e-mail address"), max_length=320, blank=True)
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, null=True, blank=True, related_name="dispatches"
    )
    interval = models.IntegerField(
        _("interval"), default=0, help_text=_("In minutes; 0: not a digest, but at once.")
    )
    state = models.CharField(
        _("state"), max_length=16, choices=DispatchState.choices, default=DispatchState.WAITING
    )
    is_open = models.BooleanField(_("open"), null=True, default=True, editable=False)
    due_at = models.DateTimeField(_("due at"))
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True, editable=False)
    claimed_by = models.CharField(_("claimed by"), max_length=64, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.TextField(_("last error"), blank=True)
    reason = models.CharField(
        _("reason"),
        max_length=32,
        blank=True,
        help_text=_("Why it was dropped, such as: read, opted out."),
    )
    receipt = models.CharField(
        _("receipt"),
        max_length=255,
        blank=True,
        help_text=_("What the medium calls it, such as the Message-ID of a mail."),
    )
    created = AutoCreatedField(_("created"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("dispatch")
        verbose_name_plural = _("dispatches")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "medium", "interval", "due_at", "is_open"],
                name="rn_dispatch_open_once",
            )
        ]
        indexes = [
            # Claiming: what is due by a medium, the oldest first. A medium that has a long queue
            # keeps no other one waiting. The digests of a hundred thousand people are due at one
            # moment: without "id", each claim would sort all that are left of them.
            PartialIndex(
                fields=["medium", "due_at", "id"],
                name="rn_dispatch_due",
                where=Q(state="waiting"),
                otherwise=["medium", "state", "due_at", "id"],
            ),
            # What was given up, in the admin and in the metrics: few rows among very many.
            PartialIndex(
                fields=["medium", "-id"],
                name="rn_dispatch_dead",
                where=Q(state="dead"),
                otherwise=["state", "medium"],
            ),
            # Retention.
            models.Index(fields=["finished_at"], name="rn_dispatch_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.medium_id} to {self.recipient}: {self.state}"


class DispatchItem(PrimaryModel):
    """An event that a dispatch tells of.

    Without a notification, the event has none in the recipient's inbox: the recipient is no user,
    or gets it by this medium alone, or it is a broadcast that the inbox has not taken in yet.
    """

    dispatch = models.ForeignKey(
        Dispatch, on_delete=models.CASCADE, related_name="items", db_index=False
    )
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="dispatch_items")
    notification = models.ForeignKey(
        Notification,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="dispatch_items",
        db_index=False,
    )
    subscription = models.ForeignKey(
        Subscription,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text=_("The own subscription that reached the recipient, if any."),
    )
    reason = models.CharField(_("reason"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("dispatched event")
        verbose_name_plural = _("dispatched events")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["dispatch", "event"], name="rn_dispatch_item_once")
        ]
        indexes = [
            # What was sent of a notification before; the rows that a removed one takes along.
            PartialIndex(
                fields=["notification"],
                name="rn_dispatch_item_of",
                where=Q(notification__isnull=False),
            ),
            PartialIndex(
                fields=["subscription"],
                name="rn_dispatch_item_by",
                where=Q(subscription__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"event {self.event_id} in dispatch {self.dispatch_id}"
