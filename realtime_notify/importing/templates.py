"""django-entity-event's rendering: styles, and the templates of sources and their groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from realtime_notify.importing.references import parsed
from realtime_notify.importing.source import Source
from realtime_notify.importing.tables import key, number, text
from realtime_notify.models import Renderer, RenderingStyle
from realtime_notify.models.rendering import HINT, check_hints

_PART = "renderers"


def styles(source: Source) -> dict[int, str]:
    """Import rendering styles, and return their names by their old keys."""
    columns = {"id": key(), "name": text(), "display_name": text(default="")}
    rows = source.tables.all(source.tables.table("renderingstyle", columns))
    source.standing.styles(
        RenderingStyle(name=row.name[:64], label=row.display_name[:128]) for row in rows
    )
    return {row.id: row.name[:64] for row in rows}


def renderers(
    source: Source,
    style_of: Mapping[int, str],
    type_of: Mapping[int, str],
    group_of: Mapping[int, str],
) -> None:
    """Import the templates, each for a type or a type group."""
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
    rows = source.tables.all(source.tables.table("contextrenderer", columns))
    source.standing.renderers(
        Renderer(
            name=row.name[:128],
            style_id=style_of[row.rendering_style_id],
            type_id=type_of.get(row.source_id),
            type_group_id=group_of.get(row.source_group_id) if row.source_id is None else None,
            hints=_hints(source, row),
            **{name: getattr(row, name) or "" for name in texts},
        )
        for row in rows
    )


def _hints(source: Source, row: Any) -> dict[str, Any]:
    """Return the hints that mean something here; the others are named in the report."""
    found = parsed(row.context_hints) or {}
    kept = {}
    for name, hint in found.items():
        known = {part: value for part, value in hint.items() if part in HINT}
        try:
            check_hints({name: known})
        except ValidationError as error:
            source.report.note(_PART, f"lost a hint: {' '.join(error.messages)}", row.name)
        else:
            kept[name] = known
    return kept
