"""Media, and which events were seen by way of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from django.contrib.auth import get_user_model
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from model_utils.fields import AutoCreatedField

from realtime_notify.conf.media import classes
from realtime_notify.exceptions import InvalidMedium
from realtime_notify.models.fields import ExactCharField
from realtime_notify.models.objects import user_pk
from realtime_notify.models.primary import PrimaryManager, PrimaryModel

if TYPE_CHECKING:
    from realtime_notify.audience.feeds import Only, Recipient, RecipientKind
    from realtime_notify.models.events import Event, EventQuerySet

INBOX = "inbox"
EMAIL = "email"
WEBPUSH = "webpush"
WEBHOOK = "webhook"
BUILT_IN = (INBOX, EMAIL)

_LABELS = {INBOX: _("Inbox"), EMAIL: _("E-mail")}

BATCH = 1000
"""Marks that one statement writes."""


def label_of(name: str) -> str:
    """Return what people call a medium to which the site gave no label of its own."""
    if name in _LABELS:
        return str(_LABELS[name])
    backend = classes().get(name)
    return str(backend.label) if backend is not None and backend.label else name


class MediumManager(PrimaryManager["Medium"]):
    """Finds media by name."""

    def named(self, name: str) -> Medium:
        """Return a medium by its name; those of ``MEDIA`` and built-in ones are made on first use.

        Raises:
            InvalidMedium: there is no medium of this name.
        """
        if name in BUILT_IN or name in classes():
            return self.get_or_create(name=name)[0]
        try:
            return self.get(name=name)
        except self.model.DoesNotExist:
            known = sorted({*BUILT_IN, *classes(), *self.values_list("name", flat=True)})
            raise InvalidMedium(
                f"There is no medium {name!r}; there are: {', '.join(known)}. List what sends in "
                "REALTIME_NOTIFY['MEDIA'], or create a medium of feeds with "
                "Medium.objects.create(name=...)."
            ) from None


class Medium(PrimaryModel):
    """A way to reach people: the inbox, e-mail, a newsfeed."""

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

    objects: ClassVar[MediumManager] = MediumManager()

    class Meta:
        verbose_name = _("medium")
        verbose_name_plural = _("media")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.label or label_of(self.name)

    # Shortcuts to audience.feeds and rendering, which are layers above models.

    def events(self, **only: Unpack[Only]) -> EventQuerySet:
        """Return the events for anybody by this medium; see `audience.feeds.events()`."""
        from realtime_notify.audience import feeds

        return feeds.events(self, **only)

    def events_for(self, subscriber: models.Model | str, **only: Unpack[Only]) -> EventQuerySet:
        """Return a subscriber's events by this medium; see `audience.feeds.events_for()`."""
        from realtime_notify.audience import feeds
        from realtime_notify.inbox import catch_up

        if isinstance(subscriber, get_user_model()):
            catch_up(subscriber)
        return feeds.events_for(self, subscriber, **only)

    def events_with_recipients(
        self, kind: RecipientKind | None = None, **only: Unpack[Only]
    ) -> Iterator[tuple[Event, list[Recipient]]]:
        """Yield events with recipients; see `audience.feeds.events_with_recipients()`."""
        from realtime_notify.audience import feeds

        return feeds.events_with_recipients(self, kind, **only)

    def mark_seen(self, events: Iterable[Event], person: models.Model | str | None = None) -> None:
        """Mark events as seen by way of this medium; see `audience.feeds.mark_seen()`."""
        from realtime_notify.audience import feeds

        feeds.mark_seen(self, events, person)

    def render(self, events: Iterable[Event]) -> dict[Event, tuple[str, str]]:
        """Return the text and the HTML of each event; see `rendering.render()`."""
        from realtime_notify import rendering

        return rendering.render(events, self)


def person_key(person: models.Model | str | None) -> str:
    """Return a person as `EventSeen` stores them.

    Args:
        person: a saved user, an e-mail address, or None for the medium as a whole.

    Returns:
        The user's primary key as text, the e-mail address in lower case, or "".
    """
    if person is None:
        return ""
    return person.strip().lower() if isinstance(person, str) else str(user_pk(person))


class EventSeenManager(PrimaryManager["EventSeen"]):
    """Marks events as seen."""

    def mark(self, medium: str, pairs: Iterable[tuple[Any, str]]) -> None:
        """Mark events as seen by people; marks that exist stay as they are.

        Args:
            medium: the name of the medium.
            pairs: primary keys of events, each with a person as `person_key()` returns it.
        """
        # Sorted, so that two processes that write the same marks cannot deadlock.
        wanted = sorted(set(pairs))
        for start in range(0, len(wanted), BATCH):
            self.bulk_create(
                (
                    EventSeen(event_id=event, medium_id=medium, person=person)
                    for event, person in wanted[start : start + BATCH]
                ),
                ignore_conflicts=True,
            )


class EventSeen(PrimaryModel):
    """A mark that an event was seen by way of a medium: by a person or the medium as a whole."""

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

    objects: ClassVar[EventSeenManager] = EventSeenManager()

    class Meta:
        verbose_name = _("seen event")
        verbose_name_plural = _("seen events")
        constraints = [
            models.UniqueConstraint(fields=["event", "medium", "person"], name="rn_event_seen_once")
        ]

    def __str__(self) -> str:
        return f"{self.event_id} by {self.medium_id}"
