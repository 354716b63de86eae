"""Reads django-entity-event: sources, media, subscriptions, opt-outs, events and seen marks.

It stored no notifications: who an event is for was decided when it was read, as feeds do here. So
the events are imported without notifications, and subscriptions cover everything that happened
before them. An entity becomes the user or the group it stands for.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import F

from realtime_notify.importing.job import ImportJob
from realtime_notify.importing.old_refs import parse_json
from realtime_notify.importing.old_tables import Rows, flag, key, moment, number, text
from realtime_notify.importing.readers.entity import EntityReader
from realtime_notify.importing.readers.entity_event_rendering import (
    import_renderers,
    import_styles,
)
from realtime_notify.importing.records import (
    CannotImport,
    ImportedEvent,
    ImportedOptOut,
    ImportedSubscription,
)
from realtime_notify.models import Medium, NotificationType, TypeGroup

_NEVER = 9999  # the year in which an event that does not expire expires
_MAX_DEDUPE_KEY = 255


def import_tables(job: ImportJob) -> None:
    """Import the tables of django-entity-event, and what they need of django-entity."""
    _EntityEventReader(job).import_tables()


class _EntityEventReader:
    def __init__(self, job: ImportJob) -> None:
        self._job = job
        self._report = job.report
        self._keys = job.key_mapping()
        self._entities = EntityReader(job)
        self._type_of: dict[int, str] = {}
        self._label_of: dict[int, str] = {}
        self._medium_of: dict[int, str] = {}

    def import_tables(self) -> None:
        self._import_definitions()
        self._import_subscriptions()
        self._import_opt_outs()
        self._import_events()

    def _import_definitions(self) -> None:
        group_of = self._import_groups()
        self._import_types(group_of)
        style_of = import_styles(self._job)
        self._import_media(style_of)
        import_renderers(self._job, style_of, self._type_of, group_of)

    def _import_groups(self) -> dict[int, str]:
        """Import type groups, and return their names by their old primary keys."""
        tables = self._job.tables
        columns = {
            "id": key(),
            "name": text(),
            "display_name": text(default=""),
            "description": text(default=""),
        }
        rows = tables.all(tables.table("sourcegroup", columns))
        self._job.definitions.write_groups(
            TypeGroup(
                name=row.name[:128], label=row.display_name[:128], description=row.description
            )
            for row in rows
        )
        return {row.id: row.name[:128] for row in rows}

    def _import_types(self, group_of: dict[int, str]) -> None:
        tables = self._job.tables
        columns = {
            "id": key(),
            "group_id": number(),
            "name": text(),
            "display_name": text(default=""),
            "description": text(default=""),
        }
        rows = tables.all(tables.table("source", columns))
        for row in rows:
            self._type_of[row.id] = name = self._keys.key(row.name)
            self._label_of[row.id] = row.display_name
            if name != row.name:
                self._report.note("types", f"renamed to {name}", row.name)
        self._job.definitions.write_types(
            NotificationType(
                key=self._type_of[row.id],
                label=row.display_name[:128],
                description=row.description,
                group_id=group_of.get(row.group_id),
            )
            for row in rows
        )

    def _import_media(self, style_of: dict[int, str]) -> None:
        tables = self._job.tables
        columns = {
            "id": key(),
            "name": text(),
            "display_name": text(default=""),
            "description": text(default=""),
            "time_created": moment(default=None),
            "additional_context": text(default=None),
            "rendering_style_id": number(default=None),
        }
        rows = tables.all(tables.table("medium", columns))
        self._medium_of = {row.id: row.name[:64] for row in rows}
        media = []
        for row in rows:
            medium = Medium(
                name=row.name[:64],
                label=row.display_name[:128],
                description=row.description,
                rendering_style_id=style_of.get(row.rendering_style_id),
                additional_context=parse_json(row.additional_context) or {},
            )
            medium.created = row.time_created or medium.created
            media.append(medium)
        self._job.definitions.write_media(media)

    def _import_subscriptions(self) -> None:
        columns = {
            "id": key(),
            "entity_id": number(),
            "medium_id": number(),
            "source_id": number(),
            "sub_entity_kind_id": number(),
            "only_following": flag(),
        }
        table = self._job.tables.table("subscription", columns)
        # By entity, since each medium has a row of its own for the same subscription.
        for batch in self._job.batches("subscriptions", table, F("entity_id")):
            self._entities.load({row.entity_id for row in batch})
            imported = []
            for row in batch:
                try:
                    imported.append(self._subscription(row))
                except CannotImport as reason:
                    self._report.skip("subscriptions", str(reason), row.id)
            self._job.subscriptions.write(imported)

    def _subscription(self, row: Any) -> ImportedSubscription:
        return ImportedSubscription(
            row=row.id,
            subscriber=self._entities.subscriber(row.entity_id, row.sub_entity_kind_id),
            key=self._type_of[row.source_id],
            media=(self._medium_of[row.medium_id],),
            only_following=bool(row.only_following),
            since=_before_everything(),
        )

    def _import_opt_outs(self) -> None:
        columns = {
            "id": key(),
            "entity_id": number(),
            "medium_id": number(),
            "source_id": number(),
        }
        table = self._job.tables.table("unsubscription", columns)
        for batch in self._job.batches("opt-outs", table, F("entity_id")):
            self._entities.load({row.entity_id for row in batch})
            imported = []
            for row in batch:
                user_id = self._entities.user_id(row.entity_id)
                if user_id is None:
                    self._report.skip("opt-outs", "the entity is not a user here", row.id)
                    continue
                key_of_row, medium = self._type_of[row.source_id], self._medium_of[row.medium_id]
                imported.append(ImportedOptOut(user_id, key_of_row, medium))
            self._job.subscriptions.write_opt_outs(imported)

    def _import_events(self) -> None:
        tables = self._job.tables
        events = tables.table(
            "event",
            {
                "id": key(),
                "source_id": number(),
                "context": text(),
                "time": moment(),
                "time_expires": moment(default=None),
                "uuid": text(default=""),
            },
        )
        actors = tables.table(
            "eventactor", {"id": key(), "event_id": number(), "entity_id": number()}
        )
        seen = tables.table(
            "eventseen",
            {"id": key(), "event_id": number(), "medium_id": number(), "time_seen": moment()},
        )
        for batch in self._job.batches("events", events):
            ids = [row.id for row in batch]
            actors_of = tables.related(actors, "event_id", ids)
            self._entities.load({row.entity_id for rows in actors_of.values() for row in rows})
            pks = self._job.notifications.write_events(
                self._event(row, actors_of.get(row.id, [])) for row in batch
            )
            dedupe_keys = {row.id: _dedupe_key(row) for row in batch}
            marks = tables.related(seen, "event_id", ids)
            self._job.notifications.write_seen_marks(
                (
                    (dedupe_keys[row.event_id], self._medium_of[row.medium_id], row.time_seen)
                    for rows in marks.values()
                    for row in rows
                ),
                pks,
            )

    def _event(self, row: Any, actors: Rows) -> ImportedEvent:
        context = parse_json(row.context)
        message = context.get("text") if isinstance(context, dict) else None
        expires = row.time_expires
        if expires is not None and expires.year >= _NEVER:
            expires = None
        refs = []
        for actor in actors:
            ref = self._entities.ref(actor.entity_id)
            if ref is None:
                self._report.note("events", "an actor's model is not in this project", row.id)
            else:
                refs.append(ref)
        return ImportedEvent(
            dedupe_key=_dedupe_key(row),
            key=self._type_of[row.source_id],
            message=str(message or self._label_of[row.source_id]),
            created=row.time,
            data=context,
            expires_at=expires,
            actors=tuple(refs),
            has_recipients=False,
        )


def _dedupe_key(row: Any) -> str:
    """Return the old uuid, so that code that passes it again still creates no second event."""
    if row.uuid and len(row.uuid) <= _MAX_DEDUPE_KEY:
        return str(row.uuid)
    return f"entity_event:event:{row.id}"


def _before_everything() -> datetime:
    """Return a time before every event: old subscriptions covered all earlier events."""
    earliest = datetime(1970, 1, 2, tzinfo=UTC)
    return earliest if settings.USE_TZ else earliest.replace(tzinfo=None)
