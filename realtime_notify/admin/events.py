"""What happened, and how far it has got."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from realtime_notify.admin.large import LargeAdmin, ReadOnlyMixin, TabularInline, numbers, types
from realtime_notify.models import Event, EventActor, EventFilter, EventSeen


class EventActorInline(ReadOnlyMixin, TabularInline):
    """The extra actors of an event."""

    model = EventActor
    fields = ("actor_text", "actor_url")
    extra = 0


class EventFilterInline(ReadOnlyMixin, TabularInline):
    """The values of an event that subscriptions may be narrowed by."""

    model = EventFilter
    fields = ("name", "value")
    extra = 0


@admin.register(Event)
class EventAdmin(ReadOnlyMixin, LargeAdmin):
    """What happened, and how far its delivery is."""

    list_display = (
        "id",
        "type",
        "level",
        "short_message",
        "created",
        "due_at",
        "attempts",
        "delivered_at",
    )
    list_filter = (
        "level",
        "public",
        ("due_at", admin.EmptyFieldListFilter),
        ("delivered_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("type",)
    # No form may change these, so they are shown only where they are named.
    readonly_fields = (
        "due_at",
        "delivered_at",
        "cursor",
        "attempts",
        "last_error",
        "removal_due_at",
        "extra_actor_count",
        "fingerprint",
    )
    search_help_text = _("An id, the start of a type's key, or a dedupe key.")
    inlines = (EventActorInline, EventFilterInline)

    def found(self, term: str) -> Q:
        """Find by id, type or dedupe key."""
        return Q(pk__in=numbers(term)) | Q(type__in=types(term)) | Q(dedupe_key=term)

    @admin.display(description=_("message"))
    def short_message(self, event: Event) -> str:
        """Return the beginning of the message."""
        return event.message[:80]


class OfAnEvent(ReadOnlyMixin, LargeAdmin):
    """Rows that belong to an event, and are found by it."""

    search_help_text = _("The id of an event.")

    def found(self, term: str) -> Q:
        """Find by event."""
        return Q(event__in=numbers(term))


@admin.register(EventActor)
class EventActorAdmin(OfAnEvent):
    """Further actors, on their own."""

    list_display = ("id", "actor_text", "event_id")


@admin.register(EventFilter)
class EventFilterAdmin(OfAnEvent):
    """The values of events, on their own."""

    list_display = ("id", "name", "value", "event_id")


@admin.register(EventSeen)
class SightingAdmin(OfAnEvent):
    """What was seen, by which medium and by whom."""

    list_display = ("id", "event_id", "medium_id", "person", "seen_at")
