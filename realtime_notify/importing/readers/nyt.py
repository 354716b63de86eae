"""Reads django-nyt: types, settings as delivery profiles, subscriptions, notifications.

A call of its `notify()` wrote one row for each settings object that subscribes. Rows with the same
content that were written in the same second become one event, with one notification a person.
Only the subscription knew a notification's target, so imported events have no target; the
notifications keep their link to the subscription.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.db import models
from django.db.models import F, OuterRef, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from realtime_notify.audience.subscribers import Subscriber
from realtime_notify.importing.job import ImportJob
from realtime_notify.importing.old_refs import OldRef, existing_users
from realtime_notify.importing.old_tables import (
    Rows,
    flag,
    key,
    moment,
    number,
    text,
    user_key,
)
from realtime_notify.importing.records import (
    CannotImport,
    ImportedEvent,
    ImportedNotification,
    ImportedSubscription,
    dedupe_key,
)
from realtime_notify.models import DeliveryProfile, NotificationType
from realtime_notify.models.media import INBOX
from realtime_notify.models.profiles import DAILY, WEEKLY

UNKNOWN_TYPE = "nyt/unknown"
"""The type of notifications whose subscription, which knew the type, is gone."""

INTERVALS = {1_380: DAILY, 9_660: WEEKLY}
"""Intervals in minutes. A day of django-nyt had 23 hours, so that a daily run never skips one."""


def import_tables(job: ImportJob) -> None:
    """Import the tables of django-nyt."""
    _NytReader(job).import_tables()


class _NytReader:
    def __init__(self, job: ImportJob) -> None:
        self._job = job
        self._report = job.report
        self._keys = job.key_mapping()
        tables = job.tables
        self._types = tables.table(
            "notificationtype",
            {
                "key": models.CharField(max_length=128, primary_key=True),
                "label": text(),
                "content_type_id": number(),
            },
        )
        self._settings = tables.table(
            "settings",
            {
                "id": key(),
                "user_id": user_key(),
                "interval": number(),
                "is_default": flag(default=False),
            },
        )
        self._subscriptions = tables.table(
            "subscription",
            {
                "id": key(),
                "settings_id": number(),
                "notification_type_id": models.CharField(max_length=128),
                "object_id": text(),
                "send_emails": flag(),
                "created": moment(default=None),
            },
        )
        self._notifications = tables.table(
            "notification",
            {
                "id": key(),
                "subscription_id": number(),
                "user_id": user_key(default=None),
                "message": text(),
                "url": text(),
                "is_viewed": flag(),
                "is_emailed": flag(default=False),
                "created": moment(),
                "modified": moment(default=None),
                "occurrences": number(),
            },
        )
        self._model_of: dict[str, int | None] = {}

    def import_tables(self) -> None:
        rows = self._job.tables.all(self._types)
        self._model_of = {row.key: row.content_type_id for row in rows}
        self._job.definitions.write_types(map(self._type, rows))
        # By user, since several settings of one person may have the same subscription.
        for batch in self._job.batches("subscriptions", self._settings, F("user_id")):
            self._import_subscriptions(batch)
        # By second and person, since each of their settings may have got a copy.
        group_by = (self._job.second("created"), self._owner())
        for batch in self._job.batches("notifications", self._notifications, *group_by):
            self._import_notifications(batch)

    def _type(self, row: Any) -> NotificationType:
        content_type = self._job.content_types.find(row.content_type_id)
        name = self._keys.key(row.key)
        if name != row.key:
            self._report.note("types", f"renamed to {name}", row.key)
        return NotificationType(key=name, label=row.label or "", content_type=content_type)

    def _owner(self) -> Combinable:
        """Expression: a notification's user, whom old versions stored with the subscription."""
        database = self._job.tables.database
        settings = self._settings._default_manager.using(database)
        subscriptions = self._subscriptions._default_manager.using(database)
        settings_id = subscriptions.filter(pk=OuterRef(OuterRef("subscription_id")))
        by_subscription = settings.filter(pk__in=settings_id.values("settings_id"))
        return Coalesce("user_id", Subquery(by_subscription.values("user_id")))

    def _import_subscriptions(self, batch: Rows) -> None:
        users = existing_users(row.user_id for row in batch)
        profiles = self._job.subscriptions.write_profiles(
            DeliveryProfile(
                user_id=row.user_id, interval=_interval(row), is_default=bool(row.is_default)
            )
            for row in batch
            if row.user_id in users
        )
        # Subscriptions of default settings have no profile: they follow the user's default here.
        profile_of = {
            row.id: profiles.get((row.user_id, _interval(row)))
            for row in batch
            if not row.is_default
        }
        settings = {row.id: row for row in batch}
        rows = self._job.tables.related(self._subscriptions, "settings_id", list(settings))
        imported = []
        for row in (row for rows_of_settings in rows.values() for row in rows_of_settings):
            try:
                subscription = self._subscription(row, settings, users)
            except CannotImport as reason:
                self._report.skip("subscriptions", str(reason), row.id)
            else:
                imported.append(replace(subscription, profile_id=profile_of.get(row.settings_id)))
        self._job.subscriptions.write(imported)

    def _subscription(
        self, row: Any, settings: dict[int, Any], users: set[Any]
    ) -> ImportedSubscription:
        of_settings = settings.get(row.settings_id)
        if of_settings is None or of_settings.user_id not in users:
            raise CannotImport("the user does not exist")
        return ImportedSubscription(
            row=row.id,
            subscriber=Subscriber(user_id=of_settings.user_id),
            key=self._keys.key(row.notification_type_id),
            target=self._target(row),
            media=() if row.send_emails else (INBOX,),
            since=row.created,
        )

    def _target(self, row: Any) -> OldRef | None:
        if not row.object_id:
            return None
        old_model = self._model_of.get(row.notification_type_id)
        target = self._job.content_types.ref(old_model, row.object_id)
        if target is None:
            raise CannotImport("the target's model is not in this project")
        return target

    def _import_notifications(self, batch: Rows) -> None:
        tables = self._job.tables
        subscriptions = tables.by_pk(self._subscriptions, {row.subscription_id for row in batch})
        settings = tables.by_pk(self._settings, {row.settings_id for row in subscriptions.values()})
        pks = self._imported_pks(subscriptions, settings)
        imported = []
        for row in batch:
            subscription = subscriptions.get(row.subscription_id)
            owner = row.user_id
            if owner is None and subscription is not None:
                owner = settings[subscription.settings_id].user_id
            imported.append(
                ImportedNotification(
                    row=row.id,
                    event=self._event(row, subscription),
                    user_id=owner,
                    read_at=(row.modified or row.created) if row.is_viewed else None,
                    emailed_at=row.created if row.is_emailed else None,
                    occurrences=max(row.occurrences or 1, 1),
                    subscription_id=pks.get(row.subscription_id),
                )
            )
        self._job.notifications.write(imported)

    def _imported_pks(
        self, subscriptions: dict[int, Any], settings: dict[int, Any]
    ) -> dict[int, int]:
        """Return the primary keys of imported subscriptions, by those of the old ones."""
        users = existing_users(row.user_id for row in settings.values())
        identities = {}
        for row in subscriptions.values():
            with suppress(CannotImport):  # reported when the subscriptions were read
                identities[row.id] = self._subscription(row, settings, users).identity
        pks = self._job.subscriptions.pks(identities.values())
        return {old_pk: pks[identity] for old_pk, identity in identities.items() if identity in pks}

    def _event(self, row: Any, subscription: Any) -> ImportedEvent:
        if subscription is None:
            name = self._keys.key(UNKNOWN_TYPE)
            self._job.definitions.write_types([NotificationType(key=name)])
            remark = f"its subscription, and with it its type, is gone; imported as {name}"
            self._report.note("notifications", remark, row.id)
        else:
            name = self._keys.key(subscription.notification_type_id)
        second = row.created.replace(microsecond=0)
        return ImportedEvent(
            dedupe_key=dedupe_key("nyt", name, row.message, row.url, second),
            key=name,
            message=row.message or "",
            created=row.created,
            url=row.url or "",
        )


def _interval(row: Any) -> int:
    """Return the interval of old settings, in this package's minutes."""
    return INTERVALS.get(row.interval, int(row.interval))
