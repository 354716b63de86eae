"""Admins of rendering styles and renderers."""

from __future__ import annotations

from django.contrib import admin

from realtime_notify.admin.base import ModelAdmin, ProtectedAdmin
from realtime_notify.models import Renderer, RenderingStyle


@admin.register(RenderingStyle)
class RenderingStyleAdmin(ProtectedAdmin):
    """Rendering styles."""

    list_display = ("name", "label")
    search_fields = ("name", "label")
    used_by = ("renderers",)


@admin.register(Renderer)
class RendererAdmin(ModelAdmin):
    """Renderers: the templates of a type or a type group in one style."""

    list_display = ("name", "style", "type", "type_group")
    list_filter = ("style",)
    list_select_related = ("style", "type", "type_group")
    search_fields = ("name", "type__key", "type_group__name")
    autocomplete_fields = ("style", "type", "type_group")
