"""What kinds of things happen, the shelves they stand on, and the ways to reach people."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from realtime_notify.admin.large import KeptWhileUsedAdmin
from realtime_notify.models import Medium, NotificationType, TypeGroup


@admin.register(TypeGroup)
class TypeGroupAdmin(KeptWhileUsedAdmin):
    """Shelves of types."""

    list_display = ("name", "label", "description")
    search_fields = ("name", "label")
    uses = ("types", "opt_outs")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Keep the name of a stored group: types and opt-outs refer to it."""
        return ["name"] if obj else []


@admin.register(NotificationType)
class NotificationTypeAdmin(KeptWhileUsedAdmin):
    """The kinds of things that happen."""

    list_display = ("key", "label", "group__name", "level", "self_service")
    list_filter = ("group__name", "level", "self_service")
    search_fields = ("key", "label", "group__name")
    autocomplete_fields = ("group",)
    uses = ("events", "subscriptions", "opt_outs")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Keep the key of a stored type: events and subscriptions refer to it."""
        return ["key"] if obj else []


@admin.register(Medium)
class MediumAdmin(KeptWhileUsedAdmin):
    """The ways to reach a person."""

    list_display = ("name", "label", "description", "created")
    search_fields = ("name", "label")
    uses = ("subscriptions", "opt_outs", "seen marks")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Keep the name of a stored medium: subscriptions refer to it."""
        return ["name"] if obj else []
