"""Reads django-notifications: one table, where the rows of one call share their timestamp.

It had no types, only verbs. So every notification gets the type `DEFAULT_KEY`, except those whose
verb the caller chose a key for.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F

from realtime_notify.conf import settings
from realtime_notify.importing.job import ImportJob
from realtime_notify.importing.key_mapping import KeyMapping
from realtime_notify.importing.old_refs import OldRef, describe, parse_json
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
from realtime_notify.models.humanize import sentence

_PART = "notifications"
_ROLES = (
    ("actor", "actor_content_type_id", "actor_object_id"),
    ("action object", "action_object_content_type_id", "action_object_object_id"),
    ("target", "target_content_type_id", "target_object_id"),
)

Refs = dict[str, OldRef | None]


def import_tables(job: ImportJob) -> None:
    """Import the table of django-notifications."""
    keys = job.key_mapping(settings.DEFAULT_KEY)
    table = job.tables.table(
        "notification",
        {
            "id": key(),
            "level": text(default="info"),
            "recipient_id": user_key(),
            "unread": flag(),
            "actor_content_type_id": number(),
            "actor_object_id": text(),
            "verb": text(),
            "description": text(default=None),
            "target_content_type_id": number(),
            "target_object_id": text(),
            "action_object_content_type_id": number(),
            "action_object_object_id": text(),
            "timestamp": moment(),
            "public": flag(default=True),
            "deleted": flag(default=False),
            "emailed": flag(default=False),
            "data": text(default=None),
        },
    )
    for column in job.tables.unread_columns(table):
        job.report.note(_PART, f"the column {column} is your own and is not imported")
    job.definitions.write_types(
        NotificationType(key=name) for name in {settings.DEFAULT_KEY, *keys.chosen.values()}
    )
    # By moment and recipient, since one call may have named a person twice.
    for batch in job.batches(_PART, table, F("timestamp"), F("recipient_id")):
        _import_notifications(job, keys, batch)


def _import_notifications(job: ImportJob, keys: KeyMapping, batch: Rows) -> None:
    refs_of_rows = [_refs(job, row) for row in batch]
    described = describe(ref for refs in refs_of_rows for ref in refs.values())
    imported = []
    for row, refs in zip(batch, refs_of_rows, strict=True):
        words = {role: described[ref].text if ref else "" for role, ref in refs.items()}
        message = sentence(words["actor"], row.verb, words["action object"], words["target"])
        imported.append(
            ImportedNotification(
                row=row.id,
                event=_event(keys, row, refs, message),
                user_id=row.recipient_id,
                read_at=None if row.unread else row.timestamp,
                deleted_at=row.timestamp if row.deleted else None,
                emailed_at=row.timestamp if row.emailed else None,
            )
        )
    job.notifications.write(imported)


def _event(keys: KeyMapping, row: Any, refs: Refs, message: str) -> ImportedEvent:
    name = keys.key(row.verb or "")
    data = parse_json(row.data)
    content = [name, row.verb, row.description, row.level, row.public, data, row.timestamp]
    content += [getattr(row, column) for _role, *columns in _ROLES for column in columns]
    actor = refs["actor"]
    return ImportedEvent(
        dedupe_key=dedupe_key("notifications", *content),
        key=name,
        message=message,
        created=row.timestamp,
        verb=row.verb or "",
        description=row.description or "",
        level=row.level or "info",
        public=bool(row.public),
        data=data,
        actors=(actor,) if actor else (),
        action_object=refs["action object"],
        target=refs["target"],
    )


def _refs(job: ImportJob, row: Any) -> Refs:
    refs: Refs = {}
    for role, content_type, pk in _ROLES:
        refs[role] = job.content_types.ref(getattr(row, content_type), getattr(row, pk))
        if refs[role] is None and getattr(row, pk):
            job.report.note(_PART, f"the {role}'s model is not in this project", row.id)
    return refs
