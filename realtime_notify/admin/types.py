"""Admins of notification types, type groups and media."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Field, Model
from django.forms import CheckboxSelectMultiple, TypedMultipleChoiceField
from django.forms import Field as FormField
from django.http import HttpRequest

from realtime_notify.admin.base import ProtectedAdmin
from realtime_notify.conf.media import for_people
from realtime_notify.models import Medium, NotificationType, TypeGroup
from realtime_notify.models.media import INBOX, label_of


@admin.register(TypeGroup)
class TypeGroupAdmin(ProtectedAdmin):
    """Type groups."""

    list_display = ("name", "label", "description")
    search_fields = ("name", "label")
    used_by = ("types", "opt_outs")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Make the name of a stored group read-only: types and opt-outs refer to it."""
        return ["name"] if obj else []


def _media() -> list[tuple[str, str]]:
    """Return the media that a type may name: the inbox, those of ``MEDIA``, those of feeds."""
    labels = {name: label_of(name) for name in (INBOX, *for_people())}
    labels |= {medium.name: str(medium) for medium in Medium.objects.all()}
    return list(labels.items())


@admin.register(NotificationType)
class NotificationTypeAdmin(ProtectedAdmin):
    """Notification types."""

    list_display = ("key", "label", "group__name", "level", "self_service", "lazy", "required")
    list_filter = ("group__name", "level", "self_service", "lazy", "required", "critical")
    search_fields = ("key", "label", "group__name")
    autocomplete_fields = ("group",)
    used_by = ("events", "subscriptions", "opt_outs")

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> FormField | None:
        """Offer the media as boxes; without any, the type has every medium."""
        if db_field.name != "media":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return TypedMultipleChoiceField(
            label=db_field.verbose_name,
            help_text=db_field.help_text,
            choices=_media,
            required=False,
            empty_value=None,
            widget=CheckboxSelectMultiple,
        )

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
