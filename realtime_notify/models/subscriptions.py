"""Who has a standing interest in what."""

from __future__ import annotations

from django.conf import settings as django_settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext_lazy as _
from model_utils.models import TimeStampedModel

from realtime_notify.models.types import NotificationType


class Subscription(TimeStampedModel):
    """A standing interest of a user in a type: in everything of it, or in one target."""

    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notify_subscriptions",
        verbose_name=_("user"),
    )
    type = models.ForeignKey(
        NotificationType,
        on_delete=models.CASCADE,
        related_name="subscriptions",
        verbose_name=_("type"),
        db_index=False,
    )
    target_type = models.ForeignKey(
        ContentType, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    target_id = models.CharField(max_length=255, blank=True, default="")
    target = GenericForeignKey("target_type", "target_id")
    interest = models.CharField(
        # A unique constraint over the columns themselves would let untargeted rows repeat, as
        # NULL never equals NULL; and not every database can be told otherwise.
        max_length=64,
        unique=True,
        editable=False,
        help_text=_("A digest of the columns before it: one row per distinct interest."),
    )

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["type", "target_type", "target_id", "user"], name="rn_subscription_match"
            )
        ]

    def __str__(self) -> str:
        where = f" on {self.target_type_id}:{self.target_id}" if self.target_id else ""
        return f"{self.user_id}: {self.type_id}{where}"
