"""django-entity-event: sources, media, subscriptions, opt-outs, events and what was seen of them.

There were no copies for each person: who hears of an event was asked when it was read, and is
here too, by feeds. So the events come without notifications, and subscriptions hold for all that
happened before them. An entity becomes the user or the group it stood for.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F

from realtime_notify.importing import templates
from realtime_notify.importing.arrivals import Happening
from realtime_notify.importing.entities import CannotMap, Entities
from realtime_notify.importing.references import parsed
from realtime_notify.importing.source import Source
from realtime_notify.importing.standing import Interest, Refusal
from realtime_notify.importing.tables import Rows, flag, key, moment, number, text
from realtime_notify.models import Medium, NotificationType, TypeGroup

_LAST_YEAR = 9999  # an event without an end ended at the end of time
_LONGEST_DEDUPE_KEY = 255


def run(source: Source) -> None:
    """Import the tables of django-entity-event, and of django-entity what they need."""
    _EntityEvent(source).run()


class _EntityEvent:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._report = source.report
        self._keys = source.named()
        self._entities = Entities(source)
        self._source_keys: dict[int, str] = {}
        self._source_labels: dict[int, str] = {}
        self._media: dict[int, str] = {}

    def run(self) -> None:
        self._standing()
        for name, part, take in (
            ("subscription", "subscriptions", self._subscribe),
            ("unsubscription", "opt-outs", self._opt_out),
        ):
            table = self._source.tables.table(name, _RULE[name]())
            # By their entities, since the same subscription stands there once a medium.
            for batch in self._source.batches(part, table, F("entity_id")):
                self._entities.load({row.entity_id for row in batch})
                take(batch)
        self._happen()

    def _standing(self) -> None:
        tables, standing = self._source.tables, self._source.standing
        named = {"name": text(), "display_name": text(default=""), "description": text(default="")}
        groups = tables.all(tables.table("sourcegroup", {"id": key(), **named}))
        standing.groups(
            TypeGroup(
                name=row.name[:128], label=row.display_name[:128], description=row.description
            )
            for row in groups
        )
        group_of = {row.id: row.name[:128] for row in groups}
        named = {"name": text(), "display_name": text(default=""), "description": text(default="")}
        sources = tables.all(tables.table("source", {"id": key(), "group_id": number(), **named}))
        for row in sources:
            self._source_keys[row.id] = ours = self._keys.key(row.name)
            self._source_labels[row.id] = row.display_name
            if ours != row.name:
                self._report.note("types", f"is called {ours} here", row.name)
        standing.types(
            NotificationType(
                key=self._source_keys[row.id],
                label=row.display_name[:128],
                description=row.description,
                group_id=group_of.get(row.group_id),
            )
            for row in sources
        )
        style_of = templates.styles(self._source)
        self._import_media(style_of)
        templates.renderers(self._source, style_of, self._source_keys, group_of)

    def _import_media(self, style_of: dict[int, str]) -> None:
        tables = self._source.tables
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
        self._media = {row.id: row.name[:64] for row in rows}
        media = []
        for row in rows:
            medium = Medium(
                name=row.name[:64],
                label=row.display_name[:128],
                description=row.description,
                rendering_style_id=style_of.get(row.rendering_style_id),
                additional_context=parsed(row.additional_context) or {},
            )
            medium.created = row.time_created or medium.created
            media.append(medium)
        self._source.standing.media(media)

    def _subscribe(self, batch: Rows) -> None:
        interests = []
        for row in batch:
            try:
                subscriber = self._entities.subscriber(row.entity_id, row.sub_entity_kind_id)
            except CannotMap as problem:
                self._report.skip("subscriptions", str(problem), row.id)
                continue
            interests.append(
                Interest(
                    row=row.id,
                    subscriber=subscriber,
                    key=self._source_keys[row.source_id],
                    media=(self._media[row.medium_id],),
                    only_following=bool(row.only_following),
                    since=_beginning(),
                )
            )
        self._source.standing.subscriptions(interests)

    def _opt_out(self, batch: Rows) -> None:
        refusals = []
        for row in batch:
            user_id = self._entities.user_id(row.entity_id)
            if user_id is None:
                self._report.skip("opt-outs", "is of an entity that is no user here", row.id)
                continue
            key, medium = self._source_keys[row.source_id], self._media[row.medium_id]
            refusals.append(Refusal(user_id, key, medium))
        self._source.standing.opt_outs(refusals)

    def _happen(self) -> None:
        tables = self._source.tables
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
        for batch in self._source.batches("events", events):
            ids = [row.id for row in batch]
            actors_of = tables.related(actors, "event_id", ids)
            acting = [one for rows in actors_of.values() for one in rows]
            self._entities.load({one.entity_id for one in acting})
            names = {row.id: _dedupe_key(row) for row in batch}
            pks = self._source.arrivals.happen(
                self._happening(row, actors_of.get(row.id, [])) for row in batch
            )
            marks = [one for rows in tables.related(seen, "event_id", ids).values() for one in rows]
            self._source.arrivals.seen(
                (pks.get(names[one.event_id]), self._media[one.medium_id], one.time_seen)
                for one in marks
            )

    def _happening(self, row: Any, actors: Rows) -> Happening:
        context = parsed(row.context)
        said = context.get("text") if isinstance(context, dict) else None
        expires = row.time_expires
        if expires is not None and expires.year >= _LAST_YEAR:
            expires = None
        found = []
        for one in actors:
            reference = self._entities.reference(one.entity_id)
            if reference is None:
                self._report.note("events", "one of its actors is of no model known here", row.id)
            else:
                found.append(reference)
        return Happening(
            dedupe_key=_dedupe_key(row),
            key=self._source_keys[row.source_id],
            message=str(said or self._source_labels[row.source_id]),
            created=row.time,
            data=context,
            expires_at=expires,
            actors=tuple(found),
            told=False,
        )


def _dedupe_key(row: Any) -> str:
    """Return the old uuid, which kept the same event from being created twice, and still does."""
    if row.uuid and len(row.uuid) <= _LONGEST_DEDUPE_KEY:
        return str(row.uuid)
    return f"entity_event:event:{row.id}"


def _beginning() -> datetime:
    """Return a moment before every event: who subscribed late saw all of them."""
    moment_of = datetime(1970, 1, 2, tzinfo=UTC)
    return moment_of if settings.USE_TZ else moment_of.replace(tzinfo=None)


def _subscription() -> dict[str, models.Field[Any, Any]]:
    return {**_unsubscription(), "sub_entity_kind_id": number(), "only_following": flag()}


def _unsubscription() -> dict[str, models.Field[Any, Any]]:
    return {"id": key(), "entity_id": number(), "medium_id": number(), "source_id": number()}


_RULE = {"subscription": _subscription, "unsubscription": _unsubscription}
