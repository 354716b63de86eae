"""Events: what happened, stored once for all recipients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from model_utils.fields import AutoCreatedField

from realtime_notify import texts
from realtime_notify.models import references
from realtime_notify.models.event_parts import EventActor
from realtime_notify.models.fields import ExactCharField
from realtime_notify.models.media import EventSeen, Medium, person_key
from realtime_notify.models.partial import PartialIndex
from realtime_notify.models.primary import PrimaryManager, PrimaryModel
from realtime_notify.models.references import MAX_URL_LENGTH
from realtime_notify.models.types import Level, NotificationType

if TYPE_CHECKING:
    from realtime_notify.delivery import Progress

MAX_CURSOR_LENGTH = 400
"""A user's primary key, or the name of a medium and an e-mail address."""

DELIVERY_ONLY = ("audience", "stragglers")
"""Columns that only delivery reads. They list people, a million of them if need be."""


class EventQuerySet(models.QuerySet["Event"]):
    """Events by state of delivery, time, actor, and by who has seen them."""

    def due(self) -> EventQuerySet:
        """Return events whose delivery is due and not complete, oldest first."""
        return self.filter(due_at__lte=timezone.now()).order_by("due_at", "pk")

    def arrived(self) -> EventQuerySet:
        """Return events without a `deliver_at` in the future."""
        return self.filter(Q(deliver_at=None) | Q(deliver_at__lte=timezone.now()))

    def unexpired(self) -> EventQuerySet:
        """Return events that have not expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))

    def not_withdrawn(self) -> EventQuerySet:
        """Return events that have not been withdrawn."""
        return self.filter(withdrawn_at=None)

    def between(self, start: datetime | None = None, end: datetime | None = None) -> EventQuerySet:
        """Return events created from `start` to `end`, both inclusive; None leaves it open."""
        events = self if start is None else self.filter(created__gte=start)
        return events if end is None else events.filter(created__lte=end)

    def by_actor(self, actor: models.Model) -> EventQuerySet:
        """Return events with this actor, alone or with others."""
        columns = {
            "actor_type": ContentType.objects.get_for_model(actor),
            "actor_id": str(actor.pk),
        }
        extra = EventActor.objects.filter(event=OuterRef("pk"), **columns)
        return self.filter(Q(**columns) | Q(Q(extra_actor_count__gt=0), Exists(extra)))

    def seen_by(
        self, medium: Medium | str, person: models.Model | str | None = None
    ) -> EventQuerySet:
        """Return events seen by way of a medium: by a person, or by the medium as a whole."""
        return self.filter(Exists(_seen_rows(medium, person)))

    def unseen_by(
        self, medium: Medium | str, person: models.Model | str | None = None
    ) -> EventQuerySet:
        """Return events not seen by way of a medium. See `seen_by()`."""
        return self.filter(~Exists(_seen_rows(medium, person)))

    def mark_seen(self, medium: Medium | str, person: models.Model | str | None = None) -> None:
        """Mark these as seen by way of a medium. Existing marks stay as they are."""
        loaded = self._result_cache is not None
        pks = [event.pk for event in self] if loaded else self.values_list("pk", flat=True)
        who = person_key(person)
        EventSeen.objects.mark(_name(medium), [(pk, who) for pk in pks])

    def to_show(self) -> EventQuerySet:
        """Load all that showing events needs, and none of the lists that only delivery reads."""
        return self.defer(*DELIVERY_ONLY)

    def with_objects(self) -> EventQuerySet:
        """Prefetch actors, action objects and targets, with one query per role and model."""
        return self.prefetch_related("actor", "action_object", "target")


def _seen_rows(
    medium: Medium | str, person: models.Model | str | None
) -> models.QuerySet[EventSeen]:
    return EventSeen.objects.filter(
        event=OuterRef("pk"), medium=_name(medium), person=person_key(person)
    )


def _name(medium: Medium | str) -> str:
    return medium if isinstance(medium, str) else medium.pk


EventManager = PrimaryManager.from_queryset(EventQuerySet)


class Event(PrimaryModel):
    """Something that happened.

    The row is written in the caller's transaction and is the promise to deliver the event:
    `due_at` is the time of the next attempt, and null once the whole audience has notifications.
    """

    type = models.ForeignKey(
        NotificationType, on_delete=models.PROTECT, related_name="events", verbose_name=_("type")
    )

    actor_type = references.content_type(db_index=False)
    actor_id = references.object_id()
    actor_text = references.text()
    actor_url = references.url()
    actor_image = references.url()
    actor = GenericForeignKey("actor_type", "actor_id")

    action_object_type = references.content_type()
    action_object_id = references.object_id()
    action_object_text = references.text()
    action_object_url = references.url()
    action_object = GenericForeignKey("action_object_type", "action_object_id")

    target_type = references.content_type(db_index=False)
    target_id = references.object_id()
    target_text = references.text()
    target_url = references.url()
    target = GenericForeignKey("target_type", "target_id")

    extra_actor_count = models.PositiveSmallIntegerField(
        _("extra actors"), default=0, editable=False
    )

    verb = models.CharField(_("verb"), max_length=255, blank=True)
    message = models.TextField(_("message"))
    description = models.TextField(_("description"), blank=True)
    url = models.CharField(_("URL"), max_length=MAX_URL_LENGTH, blank=True)
    level = models.CharField(_("level"), max_length=16, choices=Level.choices, default=Level.INFO)
    public = models.BooleanField(_("public"), default=True)
    data = models.JSONField(_("data"), null=True, blank=True, encoder=DjangoJSONEncoder)
    filters = models.JSONField(_("filters"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    collapse_key = ExactCharField(_("collapse key"), max_length=255, blank=True)
    fingerprint = models.BigIntegerField(
        _("fingerprint"),
        editable=False,
        help_text=_("Events with the same fingerprint collapse into one notification."),
    )
    dedupe_key = ExactCharField(_("dedupe key"), max_length=255, null=True, blank=True, unique=True)
    created = AutoCreatedField(_("created"))
    deliver_at = models.DateTimeField(_("deliver at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)

    lazy = models.BooleanField(
        _("lazy"),
        default=False,
        help_text=_("One row for everybody: each inbox takes it in when it is next looked at."),
    )
    number = models.PositiveBigIntegerField(
        _("broadcast number"),
        null=True,
        blank=True,
        unique=True,
        editable=False,
        help_text=_("The position of a lazy event among all of them, in the order of commits."),
    )

    has_own_audience = models.BooleanField(
        _("own audience"),
        default=False,
        help_text=_("Not simply addressed to the subscribers of its type."),
    )
    audience = models.JSONField(_("audience"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    cursor = models.CharField(
        _("delivered up to"), max_length=MAX_CURSOR_LENGTH, blank=True, default="", editable=False
    )
    due_at = models.DateTimeField(_("due at"), null=True, blank=True, editable=False)
    removal_due_at = models.DateTimeField(
        _("removal due at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When it is to be removed from inboxes; empty once it has been."),
    )
    at_addresses = models.BooleanField(
        _("at addresses"),
        default=False,
        editable=False,
        help_text=_("Delivery has walked all users, and is among e-mail addresses."),
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)
    edition = models.PositiveIntegerField(
        _("edition"), default=0, editable=False, help_text=_("How often it was edited.")
    )
    edit_due_at = models.DateTimeField(
        _("edit due at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When inboxes are to learn of its newest edition; empty once they have."),
    )
    texts = models.JSONField(
        _("texts"),
        null=True,
        blank=True,
        help_text=_("Texts to be translated for each reader: message ids with parameters."),
    )
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True, editable=False)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True, editable=False)
    reached = models.PositiveIntegerField(
        _("reached"),
        default=0,
        editable=False,
        help_text=_("How many people delivery has dealt with so far."),
    )
    stragglers = models.JSONField(
        _("stragglers"),
        default=list,
        blank=True,
        editable=False,
        encoder=DjangoJSONEncoder,
        help_text=_("Recipients whose inbox was busy; delivery comes back to them."),
    )
    attempts = models.PositiveSmallIntegerField(_("failed attempts"), default=0, editable=False)
    last_error = models.TextField(_("last error"), blank=True, editable=False)

    unsaved_actors: Sequence[EventActor] = ()
    """The extra actors of an event that is not saved yet."""

    objects: ClassVar = EventManager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-pk"]
        indexes = [
            PartialIndex(fields=["due_at"], name="rn_event_due", where=Q(due_at__isnull=False)),
            PartialIndex(
                fields=["removal_due_at"],
                name="rn_event_removal",
                where=Q(removal_due_at__isnull=False),
            ),
            PartialIndex(
                fields=["edit_due_at"], name="rn_event_edit", where=Q(edit_due_at__isnull=False)
            ),
            models.Index(fields=["type", "created"], name="rn_event_type"),
            models.Index(fields=["target_type", "target_id"], name="rn_event_target"),
            models.Index(fields=["actor_type", "actor_id"], name="rn_event_actor"),
            models.Index(fields=["has_own_audience"], name="rn_event_own_audience"),
            # Delivery: whether any other event says the same.
            models.Index(fields=["fingerprint"], name="rn_event_same"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(delivered_at__isnull=True),
                name="rn_event_due_or_delivered",
            )
        ]

    def __str__(self) -> str:
        return f"{self.type_id}: {self.message[:80]}"

    @property
    def group(self) -> str:
        """The name of the type group it belongs to, or ""."""
        return self.type.group_id or ""

    def text_of(self, field: str) -> str:
        """Return a text of the event in the active language.

        Args:
            field: "message", "description" or "verb".
        """
        return texts.shown((self.texts or {}).get(field), getattr(self, field))

    def progress(self) -> Progress:
        """Return how far its delivery was when it was loaded; see `delivery.progress()`."""
        from realtime_notify import delivery

        return delivery.progress(self)

    def render(self, medium: Medium) -> tuple[str, str]:
        """Return the event as text and as HTML; see `rendering.render()`."""
        from realtime_notify import rendering

        return rendering.render([self], medium)[self]

    def serialised_context(self, medium: Medium) -> dict[str, Any]:
        """Return the context of the event's templates as JSON; see `rendering`."""
        from realtime_notify import rendering

        return rendering.serialised_context(self, medium)
