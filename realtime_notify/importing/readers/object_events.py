"""Reads django-object-events: types, and events that belong to one person each.

Every person had a row of their own for the same event. Rows with the same content that were
written in the same second become one event. The object that an event was attached to becomes its
target, and the object that it created the action object.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F

from realtime_notify.importing.job import ImportJob
from realtime_notify.importing.old_refs import OldRef, describe
from realtime_notify.importing.old_tables import (
    Rows,
    flag,
    key,
    moment,
    number,
    text,
    user_key,
)
from realtime_notify.importing.records import ImportedEvent, ImportedNotification, dedupe_key
from realtime_notify.models import NotificationType

_PART = "notifications"


def import_tables(job: ImportJob) -> None:
    """Import the tables of django-object-events."""
    key_of_type = _import_types(job)
    events = job.tables.table(
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
    for batch in job.batches(_PART, events, job.second("creation_date"), F("user_id")):
        _import_notifications(job, batch, key_of_type)


def _import_types(job: ImportJob) -> dict[int, str]:
    """Import the types, and return their keys by their old primary keys."""
    mapping = job.key_mapping()
    rows = job.tables.all(job.tables.table("objecteventtype", {"id": key(), "title": text()}))
    key_of_type = {row.id: mapping.key(row.title or "") for row in rows}
    for row in rows:
        if key_of_type[row.id] != row.title:
            job.report.note("types", f"renamed to {key_of_type[row.id]}", row.title)
    job.definitions.write_types(
        NotificationType(key=key_of_type[row.id], label=(row.title or "")[:128]) for row in rows
    )
    return key_of_type


def _import_notifications(job: ImportJob, batch: Rows, key_of_type: dict[int, str]) -> None:
    refs_of_rows = [_refs(job, row) for row in batch]
    described = describe(ref for refs in refs_of_rows for ref in refs)
    imported = []
    for row, (target, created_object) in zip(batch, refs_of_rows, strict=True):
        if row.user_id is None:
            job.report.skip(_PART, "has no user", row.id)
            continue
        name = key_of_type[row.event_type_id]
        second = row.creation_date.replace(microsecond=0)
        content = (
            *(name, row.content_type_id, row.object_id),
            *(row.event_content_type_id, row.event_object_id, row.additional_text, second),
        )
        shown, linked = target or created_object, created_object or target
        event = ImportedEvent(
            dedupe_key=dedupe_key("object_events", *content),
            key=name,
            message=row.additional_text or (described[shown].text if shown else name),
            created=row.creation_date,
            url=described[linked].url if linked else "",
            action_object=created_object,
            target=target,
        )
        imported.append(
            ImportedNotification(
                row=row.id,
                event=event,
                user_id=row.user_id,
                read_at=row.creation_date if row.read_by_user else None,
                emailed_at=row.creation_date if row.email_sent else None,
            )
        )
    job.notifications.write(imported)


def _refs(job: ImportJob, row: Any) -> tuple[OldRef | None, OldRef | None]:
    """Return the row's target and the object that the event created."""
    target = job.content_types.ref(row.content_type_id, row.object_id)
    created_object = job.content_types.ref(row.event_content_type_id, row.event_object_id)
    for role, pk, ref in (
        ("target", row.object_id, target),
        ("action object", row.event_object_id, created_object),
    ):
        if ref is None and pk is not None:
            job.report.note(_PART, f"the {role}'s model is not in this project", row.id)
    return target, created_object
