"""The tables and the writing paths of other packages, to measure beside ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone


class HqNotification(models.Model):
    """The columns and indexes of django-notifications-hq's `AbstractNotification`.

    Its release 1.8.3 cannot be imported with Django 5.1 or later, because of `index_together`:
    https://github.com/django-notifications/django-notifications/blob/1.8.3/notifications/base/models.py
    """

    level = models.CharField(default="info", max_length=20)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False
    )
    unread = models.BooleanField(default=True, db_index=True)
    actor_content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    actor_object_id = models.CharField(max_length=255)
    verb = models.CharField(max_length=255)
    description = models.TextField(blank=True, null=True)  # noqa: DJ001  (theirs)
    target_content_type = models.ForeignKey(
        ContentType, models.CASCADE, related_name="+", blank=True, null=True
    )
    target_object_id = models.CharField(max_length=255, blank=True, null=True)  # noqa: DJ001
    action_object_content_type = models.ForeignKey(
        ContentType, models.CASCADE, related_name="+", blank=True, null=True
    )
    action_object_object_id = models.CharField(max_length=255, blank=True, null=True)  # noqa: DJ001
    timestamp = models.DateTimeField(default=timezone.now, db_index=True)
    public = models.BooleanField(default=True, db_index=True)
    deleted = models.BooleanField(default=False, db_index=True)
    emailed = models.BooleanField(default=False, db_index=True)
    data = models.JSONField(blank=True, null=True)

    class Meta:
        app_label = "rivals"
        indexes = [models.Index(fields=["recipient", "unread"], name="hq_recipient_unread")]

    def __str__(self) -> str:
        return f"{self.actor_object_id} {self.verb}"


def notify_hq(actor: Any, recipients: Iterable[Any], verb: str) -> int:
    """Write one row a recipient: `notify_handler()`, with `bulk_create()` in place of `save()`."""
    actor_type = ContentType.objects.get_for_model(actor)
    rows = [
        HqNotification(
            recipient=recipient,
            actor_content_type=actor_type,
            actor_object_id=actor.pk,
            verb=verb,
            timestamp=timezone.now(),
        )
        for recipient in recipients
    ]
    return len(HqNotification._default_manager.bulk_create(rows, batch_size=2000))


def subscribe_nyt(people: Iterable[Any], key: str) -> None:
    """Subscribe people with django-nyt, as its own `subscribe()` writes it."""
    from django_nyt.models import NotificationType, Settings, Subscription

    kind = NotificationType.get_by_key(key)
    own = Settings.objects.bulk_create(Settings(user=user, is_default=True) for user in people)
    Subscription.objects.bulk_create(
        Subscription(settings=one, notification_type=kind) for one in own
    )


def notify_nyt(message: str, key: str) -> int:
    """Send with django-nyt."""
    from django_nyt.utils import notify

    return len(notify(message, key))
