"""The admin: to look things up at any size, and to keep types and subscriptions.

Inboxes, notifications and events are read-only here. Their rows change by the verbs alone, which
keep the counters and tell the browsers; a form would do neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Model, Q, QuerySet
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

MOST_DIGITS = 19  # what databases hold
MOST_MATCHES = 100  # users or types that one search may stand for

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
    ordering = ("-pk",)
    search_fields = ("pk",)  # shows the search box; `found()` says what it finds

    def found(self, term: str) -> Q:
        """Return what a search term finds."""
        return Q(pk__in=_numbers(term))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search by index. Django would turn numbers into text, and so read the whole table."""
        term = search_term.strip()
        return (queryset.filter(self.found(term)) if term else queryset), False


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

    list_display = ("key", "label", "group__name", "level", "self_service")
    list_filter = ("group__name", "level", "self_service")
    search_fields = ("key", "label", "group__name")

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
    search_help_text = _("An id, the start of a type's key, or a dedupe key.")
    inlines = (EventActorInline,)

    def found(self, term: str) -> Q:
        """Find by id, type or dedupe key."""
        return Q(pk__in=_numbers(term)) | Q(type__in=_types(term)) | Q(dedupe_key=term)

    @admin.display(description=_("message"))
    def short_message(self, event: Event) -> str:
        """Return the beginning of the message."""
        return event.message[:80]


@admin.register(EventActor)
class EventActorAdmin(ReadOnlyMixin, LargeAdmin):
    """Further actors, on their own."""

    list_display = ("id", "actor_text", "event_id")
    search_help_text = _("The id of an event.")

    def found(self, term: str) -> Q:
        """Find by event."""
        return Q(event__in=_numbers(term))


@admin.register(Inbox)
class InboxAdmin(ReadOnlyMixin, LargeAdmin):
    """One inbox a person: its revision and counters."""

    list_display = ("user", "rev", "unread", "unseen", "seen", "floor")
    list_select_related = ("user",)
    search_help_text = _("The start of a user's name.")

    def found(self, term: str) -> Q:
        """Find by user."""
        return Q(user__in=_users(term))


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
    search_help_text = _("An id, the id of an event, or the start of a user's name.")

    def found(self, term: str) -> Q:
        """Find by id, event or user."""
        numbers = _numbers(term)
        return Q(pk__in=numbers) | Q(event__in=numbers) | Q(user__in=_users(term))


@admin.register(Subscription)
class SubscriptionAdmin(LargeAdmin):
    """Who has a standing interest in what."""

    list_display = ("id", "user", "type", "target_type", "target_id", "created")
    list_select_related = ("user", "type", "target_type")
    search_help_text = _("An id, the start of a type's key, or the start of a user's name.")

    def found(self, term: str) -> Q:
        """Find by id, type or user."""
        return Q(pk__in=_numbers(term)) | Q(type__in=_types(term)) | Q(user__in=_users(term))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds here: `subscribe()` does, and open browsers hear of it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody changes: a different interest is a different subscription."""
        return False


def _numbers(term: str) -> list[int]:
    return [int(term)] if term.isascii() and term.isdigit() and len(term) < MOST_DIGITS else []


def _users(term: str) -> list[Any]:
    """Return the users whose name begins so, by whatever the project's users sign in with."""
    model = get_user_model()
    users = model._default_manager.filter(**{f"{model.USERNAME_FIELD}__startswith": term})
    return list(users.values_list("pk", flat=True)[:MOST_MATCHES])


def _types(term: str) -> list[str]:
    types = NotificationType.objects.filter(key__startswith=term)
    return list(types.values_list("pk", flat=True)[:MOST_MATCHES])
