"""Reads django-tidings: watches with their filters, which become subscriptions.

It stored nothing else: what happened was sent by e-mail and forgotten. A filter's value was
stored as a number, either the number itself or the checksum of a text, and the table does not say
which. So the caller lists the possible texts, or the filters that hold numbers. A watch with a
filter that cannot be read is skipped: without it, its owner would be notified of far too much.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

from django.db.models import Case, F, When
from django.db.models.functions import Lower, Trim

from realtime_notify.audience.subscribers import Subscriber
from realtime_notify.exceptions import InvalidRecipient
from realtime_notify.importing.job import ImportJob
from realtime_notify.importing.old_refs import OldRef, existing_users
from realtime_notify.importing.old_tables import Rows, flag, key, number, text, user_key
from realtime_notify.importing.records import CannotImport, ImportedSubscription
from realtime_notify.models import NotificationType

_PART = "subscriptions"


def import_tables(job: ImportJob) -> None:
    """Import the tables of django-tidings."""
    _TidingsReader(job).import_tables()


class _TidingsReader:
    def __init__(self, job: ImportJob) -> None:
        self._job = job
        self._report = job.report
        self._keys = job.key_mapping()
        self._watches = job.tables.table(
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
        self._filters = job.tables.table(
            "watchfilter", {"id": key(), "watch_id": number(), "name": text(), "value": number()}
        )
        self._texts = {
            name: {checksum(value): value for value in texts} for name, texts in job.values.items()
        }

    def import_tables(self) -> None:
        self._import_types()
        # By subscriber, since two watches of one subscriber may be equal.
        email = Case(When(user_id=None, then=Lower(Trim("email"))))
        for batch in self._job.batches(_PART, self._watches, F("user_id"), email):
            self._import_subscriptions(batch)

    def _import_types(self) -> None:
        rows = self._watches._default_manager.using(self._job.tables.database)
        names = rows.order_by("event_type").values_list("event_type", flat=True).distinct()
        keys = {name: self._keys.key(name) for name in names}
        for name, new_name in keys.items():
            if name != new_name:
                self._report.note("types", f"renamed to {new_name}", name)
        self._job.definitions.write_types(
            NotificationType(key=new_name, label=name) for name, new_name in keys.items()
        )

    def _import_subscriptions(self, batch: Rows) -> None:
        filters = self._job.tables.related(self._filters, "watch_id", [row.id for row in batch])
        users = existing_users(row.user_id for row in batch)
        imported = []
        for row in batch:
            try:
                imported.append(self._subscription(row, filters.get(row.id, []), users))
            except CannotImport as reason:
                self._report.skip(_PART, str(reason), row.id)
        self._job.subscriptions.write(imported)

    def _subscription(self, row: Any, filters: Rows, users: set[Any]) -> ImportedSubscription:
        return ImportedSubscription(
            row=row.id,
            subscriber=_subscriber(row, users),
            key=self._keys.key(row.event_type),
            target=self._target(row),
            filters=tuple(sorted((item.name, self._value(item)) for item in filters)),
            active=bool(row.is_active),
        )

    def _target(self, row: Any) -> OldRef | None:
        if row.object_id is None:
            return None
        target = self._job.content_types.ref(row.content_type_id, row.object_id)
        if target is None:
            raise CannotImport("the target's model is not in this project")
        return target

    def _value(self, row: Any) -> str:
        if row.name in self._job.integers:
            return str(row.value)
        try:
            return self._texts[row.name][row.value]
        except KeyError:
            if row.name in self._texts:
                raise CannotImport(
                    f"the filter {row.name!r} holds {row.value}, which is not the checksum of "
                    f"any text given with --values {row.name}=..."
                ) from None
            raise CannotImport(
                f"the filter {row.name!r} holds a checksum, which cannot be reversed; list its "
                f"texts with --values {row.name}=TEXT,TEXT or, if it holds numbers, pass "
                f"--integers {row.name}"
            ) from None


def checksum(text: str) -> int:
    """Return the number that django-tidings stored for a text."""
    return crc32(text.encode()) & 0xFFFFFFFF


def _subscriber(row: Any, users: set[Any]) -> Subscriber:
    if row.user_id is not None:
        if row.user_id not in users:
            raise CannotImport("the user does not exist")
        return Subscriber(user_id=row.user_id)
    if not row.email:
        raise CannotImport("has neither a user nor an e-mail address")
    try:
        return Subscriber.of(row.email)
    except InvalidRecipient:
        raise CannotImport(f"{row.email!r} is not an e-mail address") from None
