"""Push subscriptions: the browsers that notifications are pushed to while no page is open."""

from __future__ import annotations

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from model_utils.models import TimeStampedModel

from realtime_notify.models.primary import PrimaryModel


class PushSubscription(PrimaryModel, TimeStampedModel):
    """A browser's subscription to Web Push (https://www.w3.org/TR/push-api/).

    `endpoint_digest` identifies it, because a URL of this length cannot be unique everywhere.
    """

    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notify_push_subscriptions",
        verbose_name=_("user"),
    )
    endpoint = models.TextField(_("endpoint"))
    endpoint_digest = models.CharField(max_length=64, unique=True, editable=False)
    p256dh = models.CharField(max_length=128)
    auth = models.CharField(max_length=64)
    user_agent = models.CharField(_("browser"), max_length=255, blank=True)
    last_used = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        verbose_name = _("push subscription")
        verbose_name_plural = _("push subscriptions")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.user_agent or self.endpoint[:40]}"
