"""Requests of e-mail addresses for subscriptions, which wait for a confirmation."""

from __future__ import annotations

from time import time
from typing import ClassVar

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _
from model_utils.fields import AutoCreatedField

from realtime_notify.models.fields import ExactCharField
from realtime_notify.models.primary import PrimaryManager, PrimaryModel
from realtime_notify.models.types import NotificationType


class SubscriptionRequestManager(PrimaryManager["SubscriptionRequest"]):
    """Removes requests that nobody has confirmed in time."""

    def prune(self) -> int:
        """Remove the requests that have expired, and return how many."""
        return self.filter(expires__lt=time()).delete()[0]


class SubscriptionRequest(PrimaryModel):
    """A subscription that somebody has asked for by an address, which may not be theirs.

    Until it is confirmed it is no subscription, not even an inactive one, so that nobody can fill
    the table of subscriptions, or the preferences of others. Who reads the table cannot confirm: it
    has the digest of the link's secret. `expires` is in seconds since the epoch.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    address = models.EmailField(_("e-mail address"), db_index=True)
    type = models.ForeignKey(
        NotificationType,
        on_delete=models.CASCADE,
        related_name="subscription_requests",
        verbose_name=_("type"),
    )
    target_type = models.ForeignKey(
        ContentType, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    target_id = ExactCharField(max_length=255, blank=True, default="")
    target = GenericForeignKey("target_type", "target_id")
    filters = models.JSONField(_("subscription filters"), default=dict, blank=True)
    created = AutoCreatedField(_("created"))
    expires = models.FloatField(db_index=True)

    objects: ClassVar[SubscriptionRequestManager] = SubscriptionRequestManager()

    class Meta:
        verbose_name = _("subscription request")
        verbose_name_plural = _("subscription requests")

    def __str__(self) -> str:
        return f"{self.address}: {self.type_id}, not confirmed"
