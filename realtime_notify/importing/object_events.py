"""django-object-events: types, and events that were one person's each.

There every person had a row of their own for what happened. Rows that say the same and were
written in the same second become one event. The object an event was attached to is its target
here, and the object that came of it the action object.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F

from realtime_notify.importing.arrivals import Copy, Happening
from realtime_notify.importing.references import Reference, content_digest, describe
from realtime_notify.importing.source import Source
from realtime_notify.importing.tables import Rows, flag, key, moment, number, text, user_key
from realtime_notify.models import NotificationType

_PART = "notifications"


def run(source: Source) -> None:
    """Import the tables of django-object-events."""
    keys = source.named()
    types = source.tables.all(
        source.tables.table("objecteventtype", {"id": key(), "title": text()})
    )
    names = {row.id: keys.key(row.title or "") for row in types}
    for row in types:
        if names[row.id] != row.title:
            source.report.note("types", f"is called {names[row.id]} here", row.title)
    source.standing.types(
        NotificationType(key=names[row.id], label=(row.title or "")[:128]) for row in types
    )
    events = source.tables.table(
        "objectevent",
        {
            "id": key(),
            "user_id": user_key(),
            "creation_date": moment(),
            "event_type_id": number(),
            "read_by_user": flag(default=False),
            "email_sent": flag(default=False),
            "content_type_id": number(),
            "object_id": number(),
            "event_content_type_id": number(default=None),
            "event_object_id": number(default=None),
            "additional_text": text(default=""),
        },
    )
    for batch in source.batches(_PART, events, source.second("creation_date"), F("user_id")):
        _arrive(source, batch, names)


def _arrive(source: Source, batch: Rows, names: dict[int, str]) -> None:
    copies = []
    found = [_references(source, row) for row in batch]
    described = describe(one for pair in found for one in pair)
    for row, (target, made) in zip(batch, found, strict=True):
        if row.user_id is None:
            source.report.skip(_PART, "was for nobody", row.id)
            continue
        name = names[row.event_type_id]
        second = row.creation_date.replace(microsecond=0)
        same = (
            *(name, row.content_type_id, row.object_id),
            *(row.event_content_type_id, row.event_object_id, row.additional_text, second),
        )
        shown, leads_to = target or made, made or target
        happening = Happening(
            dedupe_key=f"object_events:{content_digest(*same)}",
            key=name,
            message=row.additional_text or (described[shown][0] if shown else name),
            created=row.creation_date,
            url=described[leads_to][1] if leads_to else "",
            action_object=made,
            target=target,
        )
        copies.append(
            Copy(
                row=row.id,
                happening=happening,
                user_id=row.user_id,
                read_at=row.creation_date if row.read_by_user else None,
                emailed_at=row.creation_date if row.email_sent else None,
            )
        )
    source.arrivals.arrive(copies)


def _references(source: Source, row: Any) -> tuple[Reference | None, Reference | None]:
    pairs = (
        ("target", row.content_type_id, row.object_id),
        ("action object", row.event_content_type_id, row.event_object_id),
    )
    found = []
    for name, kind, pk in pairs:
        one = source.models.reference(kind, pk)
        if one is None and pk is not None:
            source.report.note(_PART, f"its {name} is of no model known here", row.id)
        found.append(one)
    return found[0], found[1]
