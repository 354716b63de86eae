"""How events are shown."""

from __future__ import annotations

from django.contrib import admin

from realtime_notify.admin.large import KeptWhileUsedAdmin, ModelAdmin
from realtime_notify.models import Renderer, RenderingStyle


@admin.register(RenderingStyle)
class RenderingStyleAdmin(KeptWhileUsedAdmin):
    """Manners of showing events."""

    list_display = ("name", "label")
    search_fields = ("name", "label")
    uses = ("renderers",)


@admin.register(Renderer)
class RendererAdmin(ModelAdmin):
    """The templates of a type, or of a group of types, in one style."""

    list_display = ("name", "style", "type", "type_group")
    list_filter = ("style",)
    list_select_related = ("style", "type", "type_group")
    search_fields = ("name", "type__key", "type_group__name")
    autocomplete_fields = ("style", "type", "type_group")
