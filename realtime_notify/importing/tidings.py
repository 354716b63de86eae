"""django-tidings: watches with their filters, which become subscriptions.

Nothing else was stored there; what happened went out by e-mail and was forgotten. A filter's
value was stored as a number: the number itself, or the checksum of a text, and nothing says
which. The caller names the texts there are, or the filters that hold numbers; a watch whose
filters cannot be read is left out, since without them its owner would hear of far too much.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

from django.db.models import Case, F, When
from django.db.models.functions import Lower, Trim

from realtime_notify.audience.subscribers import Subscriber
from realtime_notify.exceptions import InvalidRecipient
from realtime_notify.importing.references import Reference, people
from realtime_notify.importing.source import Source
from realtime_notify.importing.standing import Interest
from realtime_notify.importing.tables import Rows, flag, key, number, text, user_key
from realtime_notify.models import NotificationType

_PART = "subscriptions"


def run(source: Source) -> None:
    """Import the tables of django-tidings."""
    _Tidings(source).run()


class _Tidings:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._report = source.report
        self._keys = source.named()
        self._watches = source.tables.table(
            "watch",
            {
                "id": key(),
                "event_type": text(),
                "content_type_id": number(),
                "object_id": number(),
                "user_id": user_key(),
                "email": text(),
                "is_active": flag(),
            },
        )
        self._filters = source.tables.table(
            "watchfilter", {"id": key(), "watch_id": number(), "name": text(), "value": number()}
        )
        self._texts = {
            name: {checksum(one): one for one in texts} for name, texts in source.values.items()
        }

    def run(self) -> None:
        self._types()
        # By subscribers, since the same watch may stand there twice.
        email = Case(When(user_id=None, then=Lower(Trim("email"))))
        for batch in self._source.batches(_PART, self._watches, F("user_id"), email):
            self._subscribe(batch)

    def _types(self) -> None:
        rows = self._watches._default_manager.using(self._source.tables.database)
        names = rows.order_by("event_type").values_list("event_type", flat=True).distinct()
        keys = {name: self._keys.key(name) for name in names}
        for name, ours in keys.items():
            if name != ours:
                self._report.note("types", f"is called {ours} here", name)
        self._source.standing.types(
            NotificationType(key=ours, label=name) for name, ours in keys.items()
        )

    def _subscribe(self, batch: Rows) -> None:
        tables = self._source.tables
        filters = tables.related(self._filters, "watch_id", [row.id for row in batch])
        there = people(row.user_id for row in batch)
        interests = []
        for row in batch:
            try:
                interests.append(self._interest(row, filters.get(row.id, []), there))
            except _CannotMap as problem:
                self._report.skip(_PART, str(problem), row.id)
        self._source.standing.subscriptions(interests)

    def _interest(self, row: Any, filters: Rows, there: set[Any]) -> Interest:
        return Interest(
            row=row.id,
            subscriber=_subscriber(row, there),
            key=self._keys.key(row.event_type),
            target=self._target(row),
            filters=tuple(sorted((one.name, self._value(one)) for one in filters)),
            active=bool(row.is_active),
        )

    def _target(self, row: Any) -> Reference | None:
        if row.object_id is None:
            return None
        target = self._source.models.reference(row.content_type_id, row.object_id)
        if target is None:
            raise _CannotMap("is of one object, but of no model known here")
        return target

    def _value(self, row: Any) -> str:
        if row.name in self._source.integers:
            return str(row.value)
        try:
            return self._texts[row.name][row.value]
        except KeyError:
            if row.name in self._texts:
                raise _CannotMap(
                    f"the filter {row.name!r} holds {row.value}, the checksum of none of the "
                    f"texts given with --values {row.name}=..."
                ) from None
            raise _CannotMap(
                f"the filter {row.name!r} holds a checksum, which cannot be turned back; name "
                f"its texts with --values {row.name}=TEXT,TEXT or, if it holds numbers, say "
                f"--integers {row.name}"
            ) from None


def checksum(text: str) -> int:
    """Return what the old system stored for a text."""
    return crc32(text.encode()) & 0xFFFFFFFF


class _CannotMap(Exception):
    """A watch that has no equal here."""


def _subscriber(row: Any, there: set[Any]) -> Subscriber:
    if row.user_id is not None:
        if row.user_id not in there:
            raise _CannotMap("there is no such user")
        return Subscriber(user_id=row.user_id)
    if not row.email:
        raise _CannotMap("has neither a user nor an e-mail address")
    try:
        return Subscriber.of(row.email)
    except InvalidRecipient:
        raise _CannotMap(f"{row.email!r} is no e-mail address") from None
