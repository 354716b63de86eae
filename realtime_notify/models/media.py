"""The ways to reach a person, and what was seen by way of each."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from model_utils.fields import AutoCreatedField

from realtime_notify.exceptions import InvalidMedium

INBOX = "inbox"
EMAIL = "email"
BUILT_IN = (INBOX, EMAIL)


class MediumManager(models.Manager["Medium"]):
    """Finds media by name."""

    def named(self, name: str) -> Medium:
        """Return the medium of a name; the built-in ones are made when they are first used.

        Raises:
            InvalidMedium: there is none of this name.
        """
        if name in BUILT_IN:
            return self.get_or_create(name=name)[0]
        try:
            return self.get(name=name)
        except self.model.DoesNotExist:
            known = sorted({*BUILT_IN, *self.values_list("name", flat=True)})
            raise InvalidMedium(
                f"There is no medium {name!r}; there are: {', '.join(known)}. Make others with "
                "Medium.objects.create(name=...)."
            ) from None


class Medium(models.Model):
    """A way to reach a person: the inbox, e-mail, a newsfeed."""

    name = models.CharField(_("name"), max_length=64, primary_key=True)
    label = models.CharField(_("label"), max_length=128, blank=True)
    description = models.TextField(_("description"), blank=True)
    additional_context = models.JSONField(
        _("additional context"), default=dict, blank=True, encoder=DjangoJSONEncoder
    )
    created = AutoCreatedField(_("created"))

    objects = MediumManager()

    class Meta:
        verbose_name = _("medium")
        verbose_name_plural = _("media")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.label or self.name


class Sighting(models.Model):
    """That an event was seen by way of a medium: by one person, or by the medium as a whole."""

    event = models.ForeignKey(
        "realtime_notify.Event",
        on_delete=models.CASCADE,
        related_name="sightings",
        db_index=False,
    )
    medium = models.ForeignKey(Medium, on_delete=models.CASCADE, related_name="sightings")
    person = models.CharField(
        _("person"),
        max_length=255,
        blank=True,
        default="",
        help_text=_("A user's key or an e-mail address; empty for the medium as a whole."),
    )
    seen_at = models.DateTimeField(_("seen at"), default=timezone.now)

    class Meta:
        verbose_name = _("sighting")
        verbose_name_plural = _("sightings")
        constraints = [
            models.UniqueConstraint(fields=["event", "medium", "person"], name="rn_sighting_once")
        ]

    def __str__(self) -> str:
        return f"{self.event_id} by {self.medium_id}"
