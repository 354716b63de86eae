"""Admins of events, and of their actors, filters and seen marks."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db import router, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from realtime_notify.admin.base import (
    LargeTableAdmin,
    ReadOnlyMixin,
    TabularInline,
    chunks,
    matching_types,
    parse_ids,
)
from realtime_notify.admin.explanations import Explanations
from realtime_notify.admin.mail import MailPreview
from realtime_notify.models import BroadcastCounter, Event, EventActor, EventFilter, EventSeen
from realtime_notify.models.events import EventQuerySet
from realtime_notify.publish import withdraw


class EventActorInline(ReadOnlyMixin, TabularInline):
    """An event's further actors."""

    model = EventActor
    fields = ("actor_text", "actor_url")
    extra = 0


class EventFilterInline(ReadOnlyMixin, TabularInline):
    """The filter values of an event."""

    model = EventFilter
    fields = ("name", "value")
    extra = 0


@admin.register(Event)
class EventAdmin(ReadOnlyMixin, MailPreview, Explanations, LargeTableAdmin):
    """Events, with the progress of their delivery."""

    list_display = (
        "id",
        "type",
        "level",
        "short_message",
        "created",
        "lazy",
        "due_at",
        "attempts",
        "reached",
        "delivered_at",
        "withdrawn_at",
    )
    list_filter = (
        "level",
        "public",
        "lazy",
        ("due_at", admin.EmptyFieldListFilter),
        ("delivered_at", admin.EmptyFieldListFilter),
        ("withdrawn_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("type",)
    # These fields are not editable, so Django shows them only if they are listed here.
    readonly_fields = (
        "progress",
        "mail_link",
        "why_link",
        "started_at",
        "number",
        "due_at",
        "delivered_at",
        "cursor",
        "attempts",
        "last_error",
        "removal_due_at",
        "withdrawn_at",
        "edition",
        "edit_due_at",
        "extra_actor_count",
        "fingerprint",
    )
    search_help_text = _("An id, the start of a type's key, or a dedupe key.")
    inlines = (EventActorInline, EventFilterInline)

    actions = ("withdraw",)

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may withdraw events, though nobody may use the form."""
        return request.user.has_perm("realtime_notify.change_event")

    @admin.action(description=_("Withdraw"), permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Event]) -> None:
        """Take the selected events back; see `realtime_notify.withdraw()`."""
        count = 0
        for events in chunks(queryset.only("pk", "delivered_at").select_related(None)):
            with transaction.atomic(using=router.db_for_write(Event)):
                count += sum(withdraw(event) for event in events)
        done = ngettext("%(count)d event withdrawn.", "%(count)d events withdrawn.", count)
        self.message_user(request, done % {"count": count}, messages.SUCCESS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        """Leave the lists of people to the page of a single event."""
        events: EventQuerySet = super().get_queryset(request)  # type: ignore[assignment]
        return events.to_show()

    def search_q(self, term: str) -> Q:
        """Search by id, type or dedupe key."""
        return Q(pk__in=parse_ids(term)) | Q(type__in=matching_types(term)) | Q(dedupe_key=term)

    @admin.display(description=_("progress"))
    def progress(self, event: Event) -> str:
        """Return how far its delivery is: how many people of how many, how fast, how long yet."""
        return str(event.progress())

    @admin.display(description=_("message"))
    def short_message(self, event: Event) -> str:
        """Return the start of the message."""
        return event.message[:80]


class EventPartAdmin(ReadOnlyMixin, LargeTableAdmin):
    """Rows of an event, searched by it."""

    search_help_text = _("The id of an event.")

    def search_q(self, term: str) -> Q:
        """Search by event."""
        return Q(event__in=parse_ids(term))


@admin.register(EventActor)
class EventActorAdmin(EventPartAdmin):
    """The further actors of all events."""

    list_display = ("id", "actor_text", "event_id")


@admin.register(EventFilter)
class EventFilterAdmin(EventPartAdmin):
    """The filter values of all events."""

    list_display = ("id", "name", "value", "event_id")


@admin.register(EventSeen)
class EventSeenAdmin(EventPartAdmin):
    """Which events were seen, by which medium and by whom."""

    list_display = ("id", "event_id", "medium_id", "person", "seen_at")


@admin.register(BroadcastCounter)
class BroadcastCounterAdmin(ReadOnlyMixin, LargeTableAdmin):
    """The number of the newest broadcast: one row."""

    list_display = ("id", "number")
