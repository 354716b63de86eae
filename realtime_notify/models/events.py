"""What happened, stored once however many people it concerns."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from model_utils.fields import AutoCreatedField

from realtime_notify.models.types import Level, NotificationType

MAX_ID_LENGTH = 255


def _content_type() -> models.ForeignKey[Any, Any]:
    """Half of a generic reference; an event outlives the model it speaks of."""
    return models.ForeignKey(
        ContentType, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )


def _object_id() -> models.CharField[Any, Any]:
    """The other half: a primary key of any type, as text."""
    return models.CharField(max_length=MAX_ID_LENGTH, blank=True, default="")


def _text() -> models.CharField[Any, Any]:
    """How the object read when it happened, so that a deleted object still reads well."""
    return models.CharField(max_length=255, blank=True, default="")


def _url() -> models.CharField[Any, Any]:
    """Where the object was to be seen when it happened; "" for nowhere."""
    return models.CharField(max_length=2000, blank=True, default="")


class EventQuerySet(models.QuerySet["Event"]):
    """Events by their state of delivery."""

    def due(self) -> EventQuerySet:
        """Events promised and not wholly delivered, whose time has come; oldest first."""
        return self.filter(due_at__lte=timezone.now()).order_by("due_at", "pk")


class Event(models.Model):
    """One thing that happened.

    The row is written in the caller's transaction and is the promise to deliver: `due_at` says
    when to try (next), and is null once everybody in the audience has a notification.
    """

    type = models.ForeignKey(
        NotificationType, on_delete=models.PROTECT, related_name="events", verbose_name=_("type")
    )

    actor_type = _content_type()
    actor_id = _object_id()
    actor_text = _text()
    actor_url = _url()
    actor = GenericForeignKey("actor_type", "actor_id")

    action_object_type = _content_type()
    action_object_id = _object_id()
    action_object_text = _text()
    action_object_url = _url()
    action_object = GenericForeignKey("action_object_type", "action_object_id")

    target_type = _content_type()
    target_id = _object_id()
    target_text = _text()
    target_url = _url()
    target = GenericForeignKey("target_type", "target_id")

    further = models.PositiveSmallIntegerField(_("further actors"), default=0, editable=False)

    verb = models.CharField(_("verb"), max_length=255, blank=True)
    message = models.TextField(_("message"))
    description = models.TextField(_("description"), blank=True)
    url = models.CharField(_("address"), max_length=2000, blank=True)
    level = models.CharField(_("level"), max_length=16, choices=Level.choices, default=Level.INFO)
    public = models.BooleanField(_("public"), default=True)
    data = models.JSONField(_("data"), null=True, blank=True, encoder=DjangoJSONEncoder)
    filters = models.JSONField(_("filters"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    collapse_key = models.CharField(_("collapse key"), max_length=255, blank=True)
    fingerprint = models.BigIntegerField(
        _("fingerprint"), editable=False, help_text=_("What is equal here collapses into one.")
    )
    dedupe_key = models.CharField(
        _("dedupe key"), max_length=255, null=True, blank=True, unique=True
    )
    created = AutoCreatedField(_("created"))
    deliver_at = models.DateTimeField(_("deliver at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)

    narrowed = models.BooleanField(
        _("narrowed"), default=False, help_text=_("Not simply for its subscribers.")
    )
    audience = models.JSONField(_("audience"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    cursor = models.CharField(
        _("delivered up to"), max_length=MAX_ID_LENGTH, blank=True, default="", editable=False
    )
    due_at = models.DateTimeField(_("due at"), null=True, blank=True, editable=False)
    retire_at = models.DateTimeField(
        _("to be retired at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When it leaves the inboxes; nothing once it has."),
    )
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("failed attempts"), default=0, editable=False)
    last_error = models.TextField(_("last error"), blank=True, editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["due_at"], name="rn_event_due"),
            models.Index(fields=["retire_at"], name="rn_event_retire"),
            models.Index(fields=["type", "created"], name="rn_event_type"),
            models.Index(fields=["target_type", "target_id"], name="rn_event_target"),
            models.Index(fields=["actor_type", "actor_id"], name="rn_event_actor"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(delivered_at__isnull=True),
                name="rn_event_due_or_delivered",
            )
        ]

    def __str__(self) -> str:
        return f"{self.type_id}: {self.message[:80]}"


class EventFilter(models.Model):
    """A value of an event that subscriptions may be narrowed by.

    The same as in `Event.filters`, as rows, so that "which events concern her?" is plain SQL.
    """

    event = models.ForeignKey(
        Event, on_delete=models.CASCADE, related_name="filter_values", db_index=False
    )
    name = models.CharField(_("name"), max_length=64)
    value = models.CharField(_("value"), max_length=255)

    class Meta:
        verbose_name = _("event filter")
        verbose_name_plural = _("event filters")
        constraints = [
            models.UniqueConstraint(fields=["event", "name"], name="rn_event_filter_once")
        ]

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


class EventActor(models.Model):
    """A further actor of an event that several people or things brought about."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="further_actors")
    actor_type = _content_type()
    actor_id = _object_id()
    actor_text = _text()
    actor_url = _url()
    actor = GenericForeignKey("actor_type", "actor_id")

    class Meta:
        verbose_name = _("further actor")
        verbose_name_plural = _("further actors")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.event_id}: {self.actor_text}"
