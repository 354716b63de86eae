"""Writes what subscriptions and events refer to: types, type groups, media, styles, renderers.

Rows that exist already stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from realtime_notify.importing.report import Report
from realtime_notify.models import Medium, NotificationType, Renderer, RenderingStyle, TypeGroup


class DefinitionWriter:
    """Writes definitions and counts them. There are few, so it remembers those it counted."""

    def __init__(self, report: Report, dry_run: bool) -> None:
        """Count in `report`; with `dry_run`, write nothing."""
        self._report = report
        self._dry_run = dry_run
        self._counted: set[tuple[str, Any]] = set()

    def write_types(self, rows: Iterable[NotificationType]) -> None:
        """Write the types that do not exist yet."""
        self._write("types", NotificationType, rows)

    def write_groups(self, rows: Iterable[TypeGroup]) -> None:
        """Write the type groups that do not exist yet."""
        self._write("type groups", TypeGroup, rows)

    def write_media(self, rows: Iterable[Medium]) -> None:
        """Write the media that do not exist yet."""
        self._write("media", Medium, rows)

    def write_styles(self, rows: Iterable[RenderingStyle]) -> None:
        """Write the rendering styles that do not exist yet."""
        self._write("rendering styles", RenderingStyle, rows)

    def write_renderers(self, rows: Iterable[Renderer]) -> None:
        """Write the renderers whose name, and whose style and type, no renderer has yet."""
        names = set(Renderer.objects.values_list("name", flat=True))
        subjects = set(Renderer.objects.values_list("style", "type", "type_group"))
        new = []
        for row in rows:
            subject = (row.style_id, row.type_id, row.type_group_id)
            if row.name in names or subject in subjects:
                self._report.known["renderers"] += 1
            else:
                new.append(row)
                names.add(row.name)
                subjects.add(subject)
        self._report.new["renderers"] += len(new)
        if not self._dry_run:
            Renderer.objects.bulk_create(new)

    def _write(self, part: str, model: type[Any], rows: Iterable[models.Model]) -> None:
        """Write rows that are identified by their names."""
        wanted = {row.pk: row for row in rows if (part, row.pk) not in self._counted}
        self._counted |= {(part, pk) for pk in wanted}
        known = set(model._default_manager.filter(pk__in=wanted).values_list("pk", flat=True))
        self._report.known[part] += len(known)
        self._report.new[part] += len(wanted) - len(known)
        new = [row for pk, row in wanted.items() if pk not in known]
        if new and not self._dry_run:
            model._default_manager.bulk_create(new)
