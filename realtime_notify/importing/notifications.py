"""django-notifications: one table, whose rows of one call share their moment.

There were no types: what happened was told by the verb. So all of it becomes one type here, but
for the verbs that the caller names a key for.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F

from realtime_notify.conf import settings
from realtime_notify.importing.arrivals import Copy, Happening
from realtime_notify.importing.references import (
    Keys,
    Reference,
    content_digest,
    describe,
    parsed,
)
from realtime_notify.importing.source import Source
from realtime_notify.importing.tables import Rows, flag, key, moment, number, text, user_key
from realtime_notify.models import NotificationType
from realtime_notify.models.humanize import sentence

_PART = "notifications"
_REFERENCES = (
    ("actor", "actor_content_type_id", "actor_object_id"),
    ("action object", "action_object_content_type_id", "action_object_object_id"),
    ("target", "target_content_type_id", "target_object_id"),
)

Found = dict[str, Reference | None]


def run(source: Source) -> None:
    """Import the table of django-notifications."""
    keys = source.named(settings.DEFAULT_KEY)
    table = source.tables.table(
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
    for column in source.tables.unread_columns(table):
        source.report.note(_PART, f"its column {column} is none of django-notifications' own")
    source.standing.types(
        NotificationType(key=name) for name in {settings.DEFAULT_KEY, *keys.given.values()}
    )
    for batch in source.batches(_PART, table, F("timestamp"), F("recipient_id")):
        _arrive(source, keys, batch)


def _arrive(source: Source, keys: Keys, batch: Rows) -> None:
    found = [_references(source, row) for row in batch]
    described = describe(one for references in found for one in references.values())
    copies = []
    for row, references in zip(batch, found, strict=True):
        words = {name: described[one][0] if one else "" for name, one in references.items()}
        message = sentence(words["actor"], row.verb, words["action object"], words["target"])
        moment_of = row.timestamp
        copies.append(
            Copy(
                row=row.id,
                happening=_happening(keys, row, references, message),
                user_id=row.recipient_id,
                read_at=None if row.unread else moment_of,
                deleted_at=moment_of if row.deleted else None,
                emailed_at=moment_of if row.emailed else None,
            )
        )
    source.arrivals.arrive(copies)


def _happening(keys: Keys, row: Any, references: Found, message: str) -> Happening:
    name = keys.key(row.verb or "")
    data = parsed(row.data)
    same = [name, row.verb, row.description, row.level, row.public, data, row.timestamp]
    same += [getattr(row, column) for _, *columns in _REFERENCES for column in columns]
    actor = references["actor"]
    return Happening(
        dedupe_key=f"notifications:{content_digest(*same)}",
        key=name,
        message=message,
        created=row.timestamp,
        verb=row.verb or "",
        description=row.description or "",
        level=row.level or "info",
        public=bool(row.public),
        data=data,
        actors=(actor,) if actor else (),
        action_object=references["action object"],
        target=references["target"],
    )


def _references(source: Source, row: Any) -> Found:
    found: Found = {}
    for name, kind, pk in _REFERENCES:
        found[name] = source.models.reference(getattr(row, kind), getattr(row, pk))
        if found[name] is None and getattr(row, pk):
            source.report.note(_PART, f"its {name} is of no model known here", row.id)
    return found
