"""Admins of notification types, type groups and media."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from realtime_notify.admin.base import ProtectedAdmin
from realtime_notify.models import Medium, NotificationType, TypeGroup


@admin.register(TypeGroup)
class TypeGroupAdmin(ProtectedAdmin):
    """Type groups."""

    list_display = ("name", "label", "description")
    search_fields = ("name", "label")
    used_by = ("types", "opt_outs")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Make the name of a stored group read-only: types and opt-outs refer to it."""
        return ["name"] if obj else []


@admin.register(NotificationType)
class NotificationTypeAdmin(ProtectedAdmin):
    """Notification types."""

    list_display = ("key", "label", "group__name", "level", "self_service", "lazy")
    list_filter = ("group__name", "level", "self_service", "lazy")
    search_fields = ("key", "label", "group__name")
    autocomplete_fields = ("group",)
    used_by = ("events", "subscriptions", "opt_outs")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Make the key of a stored type read-only: events and subscriptions refer to it."""
        return ["key"] if obj else []


@admin.register(Medium)
class MediumAdmin(ProtectedAdmin):
    """Media: the ways to reach people."""

    list_display = ("name", "label", "description", "created")
    search_fields = ("name", "label")
    used_by = ("subscriptions", "opt_outs", "seen_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Make the name of a stored medium read-only: subscriptions refer to it."""
        return ["name"] if obj else []
