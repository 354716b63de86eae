"""The ways to reach a person, and what was seen by way of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Unpack

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from model_utils.fields import AutoCreatedField

from realtime_notify.exceptions import InvalidMedium
from realtime_notify.models.fields import ExactCharField

if TYPE_CHECKING:
    from realtime_notify.audience.feeds import Only, Recipient, RecipientKind
    from realtime_notify.models.events import Event, EventQuerySet

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

    name = ExactCharField(_("name"), max_length=64, primary_key=True)
    label = models.CharField(_("label"), max_length=128, blank=True)
    description = models.TextField(_("description"), blank=True)
    additional_context = models.JSONField(
        _("additional context"), default=dict, blank=True, encoder=DjangoJSONEncoder
    )
    rendering_style = models.ForeignKey(
        "realtime_notify.RenderingStyle",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="media",
        verbose_name=_("rendering style"),
    )
    created = AutoCreatedField(_("created"))

    objects = MediumManager()

    class Meta:
        verbose_name = _("medium")
        verbose_name_plural = _("media")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.label or self.name

    # What can be asked of a medium; `feeds` and `rendering` know the answers.

    def events(self, **only: Unpack[Only]) -> EventQuerySet:
        """Return what is for anybody by this medium; see `feeds.events()`."""
        from realtime_notify.audience import feeds

        return feeds.events(self, **only)

    def events_for(self, subscriber: models.Model | str, **only: Unpack[Only]) -> EventQuerySet:
        """Return what is for somebody by this medium; see `feeds.events_for()`."""
        from realtime_notify.audience import feeds

        return feeds.events_for(self, subscriber, **only)

    def events_with_recipients(
        self, kind: RecipientKind | None = None, **only: Unpack[Only]
    ) -> Iterator[tuple[Event, list[Recipient]]]:
        """Yield what is for anybody, and for whom; see `feeds.events_with_recipients()`."""
        from realtime_notify.audience import feeds

        return feeds.events_with_recipients(self, kind, **only)

    def mark_seen(self, events: Iterable[Event], person: models.Model | str | None = None) -> None:
        """Note that events were seen by way of this medium; see `feeds.mark_seen()`."""
        from realtime_notify.audience import feeds

        feeds.mark_seen(self, events, person)

    def render(self, events: Iterable[Event]) -> dict[Event, tuple[str, str]]:
        """Return the text and the HTML of each event; see `rendering.render()`."""
        from realtime_notify import rendering

        return rendering.render(events, self)


def person_key(person: models.Model | str | None) -> str:
    """Return who saw something, as `EventSeen` stores it; "" for the medium as a whole."""
    if person is None:
        return ""
    return person.strip().lower() if isinstance(person, str) else str(person.pk)


class EventSeenManager(models.Manager["EventSeen"]):
    """Notes what was seen."""

    def mark(self, medium: str, pairs: Iterable[tuple[Any, str]]) -> None:
        """Note that events were seen by people; what was noted before stays as it was.

        Args:
            medium: the name of the medium.
            pairs: primary keys of events, each with a person as `person_key()` returns them.
        """
        # In one order, so that processes that note the same don't wait for each other in a circle.
        rows = [
            EventSeen(event_id=event, medium_id=medium, person=person)
            for event, person in sorted(set(pairs))
        ]
        self.bulk_create(rows, batch_size=1000, ignore_conflicts=True)


class EventSeen(models.Model):
    """That an event was seen by way of a medium: by one person, or by the medium as a whole."""

    event = models.ForeignKey(
        "realtime_notify.Event",
        on_delete=models.CASCADE,
        related_name="seen_by",
        db_index=False,
    )
    medium = models.ForeignKey(Medium, on_delete=models.CASCADE, related_name="seen_by")
    person = ExactCharField(
        _("person"),
        max_length=255,
        blank=True,
        default="",
        help_text=_("A user's key or an e-mail address; empty for the medium as a whole."),
    )
    seen_at = models.DateTimeField(_("seen at"), default=timezone.now)

    objects = EventSeenManager()

    class Meta:
        verbose_name = _("seen event")
        verbose_name_plural = _("seen events")
        constraints = [
            models.UniqueConstraint(fields=["event", "medium", "person"], name="rn_event_seen_once")
        ]

    def __str__(self) -> str:
        return f"{self.event_id} by {self.medium_id}"
