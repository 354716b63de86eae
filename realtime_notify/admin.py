"""The admin: to look things up at any size, and to keep types and subscriptions.

Inboxes, notifications and events are read-only here. Their rows change by the verbs alone, which
keep the counters and tell the browsers; a form would do neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from realtime_notify.models import (
    Event,
    EventActor,
    Inbox,
    Notification,
    NotificationType,
    Subscription,
)

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:  # generic in the stubs alone
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline


class LargeAdmin(ModelAdmin):
    """An admin of a table with millions of rows."""

    # Counting a large table takes longer than showing the page.
    show_full_result_count = False
    list_per_page = 50


class ReadOnlyMixin:
    """Shows rows, and changes none."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody adds: rows come from `notify()`."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody changes: the verbs do, with the counters."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes: open browsers would go on showing the row."""
        return False


@admin.register(NotificationType)
class NotificationTypeAdmin(ModelAdmin):
    """The kinds of things that happen."""

    list_display = ("key", "label", "group", "level", "self_service")
    list_filter = ("group", "level", "self_service")
    search_fields = ("key", "label", "group")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Keep the key of a stored type: events and subscriptions refer to it."""
        return ["key"] if obj else []


class EventActorInline(ReadOnlyMixin, TabularInline):
    """The further actors of an event."""

    model = EventActor
    fields = ("actor_text", "actor_url")
    extra = 0


@admin.register(Event)
class EventAdmin(ReadOnlyMixin, LargeAdmin):
    """What happened, and how far its delivery is."""

    list_display = ("id", "type", "level", "short_message", "created", "due_at", "delivered_at")
    list_filter = ("level", ("delivered_at", admin.EmptyFieldListFilter))
    list_select_related = ("type",)
    search_fields = ("=id", "type__key__startswith", "=dedupe_key")
    search_help_text = _("An id, the start of a key, or a dedupe key.")
    ordering = ("-pk",)
    inlines = (EventActorInline,)

    @admin.display(description=_("message"))
    def short_message(self, event: Event) -> str:
        """Return the beginning of the message."""
        return event.message[:80]


@admin.register(EventActor)
class EventActorAdmin(ReadOnlyMixin, LargeAdmin):
    """Further actors, on their own."""

    list_display = ("id", "actor_text", "event_id")
    search_fields = ("=event__id",)
    raw_id_fields = ("event",)


@admin.register(Inbox)
class InboxAdmin(ReadOnlyMixin, LargeAdmin):
    """One inbox a person: its revision and counters."""

    list_display = ("user", "rev", "unread", "unseen", "seen", "floor")
    list_select_related = ("user",)
    ordering = ("pk",)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search by whatever the project's users sign in with."""
        return _user_search()


@admin.register(Notification)
class NotificationAdmin(ReadOnlyMixin, LargeAdmin):
    """Each person's copy of an event, with its state."""

    list_display = ("id", "user", "event", "seq", "rev", "occurrences", "read_at", "archived_at")
    list_filter = (
        ("read_at", admin.EmptyFieldListFilter),
        ("archived_at", admin.EmptyFieldListFilter),
        ("deleted_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("user", "event")
    ordering = ("-pk",)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search by id, event, or whatever the project's users sign in with."""
        return ("=id", "=event__id", *_user_search())


@admin.register(Subscription)
class SubscriptionAdmin(LargeAdmin):
    """Who has a standing interest in what."""

    list_display = ("id", "user", "type", "target_type", "target_id", "created")
    list_select_related = ("user", "type", "target_type")
    list_filter = ("type",)
    raw_id_fields = ("user",)
    autocomplete_fields = ("type",)
    readonly_fields = ("interest", "created", "modified")
    ordering = ("-pk",)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search by id, key, or whatever the project's users sign in with."""
        return ("=id", "=type__key", *_user_search())

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds here: `subscribe()` does, and open browsers hear of it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody changes: a different interest is a different subscription."""
        return False


def _user_search() -> tuple[str, ...]:
    return (f"user__{get_user_model().USERNAME_FIELD}__startswith",)
