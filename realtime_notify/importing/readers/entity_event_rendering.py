"""Reads django-entity-event's rendering: styles, and the templates of sources and groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from realtime_notify.importing.job import ImportJob
from realtime_notify.importing.old_refs import parse_json
from realtime_notify.importing.old_tables import key, number, text
from realtime_notify.models import Renderer, RenderingStyle
from realtime_notify.models.rendering import HINT, check_hints


def import_styles(job: ImportJob) -> dict[int, str]:
    """Import rendering styles, and return their names by their old primary keys."""
    columns = {"id": key(), "name": text(), "display_name": text(default="")}
    rows = job.tables.all(job.tables.table("renderingstyle", columns))
    job.definitions.write_styles(
        RenderingStyle(name=row.name[:64], label=row.display_name[:128]) for row in rows
    )
    return {row.id: row.name[:64] for row in rows}


def import_renderers(
    job: ImportJob,
    style_of: Mapping[int, str],
    type_of: Mapping[int, str],
    group_of: Mapping[int, str],
) -> None:
    """Import the templates, each for a type or a type group.

    Args:
        job: the import.
        style_of, type_of, group_of: names of styles, types and type groups, by old primary key.
    """
    texts = ("text_template_path", "html_template_path", "text_template", "html_template")
    columns = {
        "id": key(),
        "name": text(),
        **{name: text(default="") for name in texts},
        "context_hints": text(default=None),
        "rendering_style_id": number(),
        "source_id": number(),
        "source_group_id": number(),
    }
    rows = job.tables.all(job.tables.table("contextrenderer", columns))
    job.definitions.write_renderers(
        Renderer(
            name=row.name[:128],
            style_id=style_of[row.rendering_style_id],
            type_id=type_of.get(row.source_id),
            type_group_id=group_of.get(row.source_group_id) if row.source_id is None else None,
            hints=_hints(job, row),
            **{name: getattr(row, name) or "" for name in texts},
        )
        for row in rows
    )


def _hints(job: ImportJob, row: Any) -> dict[str, Any]:
    """Return the hints that are valid here, and report the others."""
    valid = {}
    for name, hint in (parse_json(row.context_hints) or {}).items():
        supported = {part: value for part, value in hint.items() if part in HINT}
        try:
            check_hints({name: supported})
        except ValidationError as error:
            job.report.note("renderers", f"lost a hint: {' '.join(error.messages)}", row.name)
        else:
            valid[name] = supported
    return valid
