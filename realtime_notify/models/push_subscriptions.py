"""Push subscriptions: the browsers that notifications are pushed to while no page is open."""

from __future__ import annotations

from hashlib import sha256

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from model_utils.models import TimeStampedModel

from realtime_notify.models.dispatches import Dispatch
from realtime_notify.models.primary import PrimaryModel


def digest_of(endpoint: str) -> str:
    """Return what identifies an endpoint without revealing it."""
    return sha256(endpoint.encode()).hexdigest()


class PushSubscription(PrimaryModel, TimeStampedModel):
    """A browser's subscription to Web Push (https://www.w3.org/TR/push-api/).

    `endpoint_digest` identifies it, because a URL of this length cannot be unique everywhere. Who
    knows the endpoint and the keys can write to the browser, so neither is shown to anybody.
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
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    last_used = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        verbose_name = _("push subscription")
        verbose_name_plural = _("push subscriptions")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.user_agent or self.endpoint_digest[:8]}"


class PushMark(PrimaryModel):
    """A browser that has got a message which others of the same person still wait for.

    There are marks only while a message is tried again; the dispatch takes them along.
    """

    dispatch = models.ForeignKey(
        Dispatch, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    browser = models.ForeignKey(PushSubscription, on_delete=models.CASCADE, related_name="marks")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dispatch", "browser"], name="rn_push_mark_once")
        ]

    def __str__(self) -> str:
        return f"dispatch {self.dispatch_id} to browser {self.browser_id}"
