"""Parts of events that are rows of their own: filter values and further actors."""

from __future__ import annotations

from django.contrib.contenttypes.fields import GenericForeignKey
from django.db import models
from django.utils.translation import gettext_lazy as _

from realtime_notify.models import references
from realtime_notify.models.fields import ExactCharField
from realtime_notify.models.primary import PrimaryModel


class EventFilter(PrimaryModel):
    """A filter value of an event, which filters of subscriptions are compared with.

    It duplicates `Event.filters` as rows, so that the events for a user are found in SQL.
    """

    event = models.ForeignKey(
        "realtime_notify.Event",
        on_delete=models.CASCADE,
        related_name="filter_values",
        db_index=False,
    )
    name = ExactCharField(_("name"), max_length=64)
    value = ExactCharField(_("value"), max_length=255)

    class Meta:
        verbose_name = _("event filter")
        verbose_name_plural = _("event filters")
        constraints = [
            models.UniqueConstraint(fields=["event", "name"], name="rn_event_filter_once")
        ]

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


class EventActor(PrimaryModel):
    """A further actor of an event that has several."""

    event = models.ForeignKey(
        "realtime_notify.Event", on_delete=models.CASCADE, related_name="extra_actors"
    )
    actor_type = references.content_type()
    actor_id = references.object_id()
    actor_text = references.text()
    actor_url = references.url()
    actor = GenericForeignKey("actor_type", "actor_id")

    class Meta:
        verbose_name = _("extra actor")
        verbose_name_plural = _("extra actors")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.event_id}: {self.actor_text}"
