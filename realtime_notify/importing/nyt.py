"""django-nyt: types, settings as delivery profiles, subscriptions, notifications.

A call of `notify()` there wrote one row a recipient. Rows that say the same and were written in
the same second become one event with one notification each. What a notification was about only
its subscription knew, so it is about nothing here, and keeps the link to the subscription.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, OuterRef, Subquery
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from realtime_notify.audience.subscribers import Subscriber
from realtime_notify.importing.arrivals import Copy, Happening
from realtime_notify.importing.references import Reference, content_digest, people
from realtime_notify.importing.source import Source
from realtime_notify.importing.standing import Interest
from realtime_notify.importing.tables import Rows, flag, key, moment, number, text, user_key
from realtime_notify.models import DeliveryProfile, NotificationType
from realtime_notify.models.media import INBOX
from realtime_notify.models.profiles import DAILY, WEEKLY

UNKNOWN_TYPE = "nyt/unknown"
"""The type of notifications whose subscription is gone, and with it their type."""

INTERVALS = {1_380: DAILY, 9_660: WEEKLY}
"""Its days had 23 hours, lest a daily mail should slip by a run of its command."""


def run(source: Source) -> None:
    """Import the tables of django-nyt."""
    _Nyt(source).run()


class _Nyt:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._report = source.report
        self._keys = source.named()
        tables = source.tables
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
        self._has_unknown = False

    def run(self) -> None:
        rows = self._source.tables.all(self._types)
        self._model_of = {row.key: row.content_type_id for row in rows}
        self._source.standing.types(map(self._type, rows))
        # By their users, since one may have subscribed to the same with several settings.
        for batch in self._source.batches("subscriptions", self._settings, F("user_id")):
            self._subscribe(batch)
        # By second and person, since one may have got the same once for each settings.
        second = self._source.second("created")
        for batch in self._source.batches(
            "notifications", self._notifications, second, self._owner()
        ):
            self._arrive(batch)

    def _owner(self) -> Combinable:
        """Return the user of a notification, whom older versions knew by its subscription only."""
        database = self._source.tables.database
        settings = self._settings._default_manager.using(database)
        subscriptions = self._subscriptions._default_manager.using(database)
        settings_id = subscriptions.filter(pk=OuterRef(OuterRef("subscription_id")))
        by_subscription = settings.filter(pk=Subquery(settings_id.values("settings_id")))
        return Coalesce("user_id", Subquery(by_subscription.values("user_id")))

    def _type(self, row: Any) -> NotificationType:
        kind = self._source.models.ours(row.content_type_id)
        name = self._keys.key(row.key)
        if name != row.key:
            self._report.note("types", f"is called {name} here", row.key)
        return NotificationType(key=name, label=row.label or "", content_type=kind)

    def _subscribe(self, batch: Rows) -> None:
        ids = [row.id for row in batch]
        of_settings = self._source.tables.related(self._subscriptions, "settings_id", ids)
        there = people(row.user_id for row in batch)
        pks = self._source.standing.profiles(
            DeliveryProfile(
                user_id=row.user_id, interval=_interval(row), is_default=bool(row.is_default)
            )
            for row in batch
            if row.user_id in there
        )
        # What was of the default follows it, whichever it will be.
        profiles = {
            row.id: pks.get((row.user_id, _interval(row))) for row in batch if not row.is_default
        }
        found = self._interests([row for rows in of_settings.values() for row in rows], profiles)
        self._source.standing.subscriptions([one for one in found.values() if one])

    def _interests(
        self, batch: Rows, profiles: dict[int, int | None] | None = None
    ) -> dict[int, Interest | None]:
        """Return what old subscriptions become, or None for those that can't become anything.

        Without `profiles` they are only looked up, and nothing is reported.
        """
        settings = self._source.tables.by_pk(self._settings, {row.settings_id for row in batch})
        there = people(one.user_id for one in settings.values())
        interests: dict[int, Interest | None] = {}
        for row in batch:
            profile = settings.get(row.settings_id)
            target, problem = self._target(row)
            if profile is None or profile.user_id not in there:
                problem = "there is no such user"
            if problem or profile is None:
                interests[row.id] = None
                if profiles is not None:
                    self._report.skip("subscriptions", problem, row.id)
                continue
            interests[row.id] = Interest(
                row=row.id,
                subscriber=Subscriber(user_id=profile.user_id),
                key=self._keys.key(row.notification_type_id),
                target=target,
                media=() if row.send_emails else (INBOX,),
                profile_id=(profiles or {}).get(row.settings_id),
                since=row.created,
            )
        return interests

    def _target(self, row: Any) -> tuple[Reference | None, str]:
        if not row.object_id:
            return None, ""
        old_model = self._model_of.get(row.notification_type_id)
        found = self._source.models.reference(old_model, row.object_id)
        return found, "" if found else "is of one object, but of no model known here"

    def _arrive(self, batch: Rows) -> None:
        tables = self._source.tables
        subscriptions = tables.by_pk(self._subscriptions, {row.subscription_id for row in batch})
        interests = self._interests(list(subscriptions.values()))
        pks = self._source.standing.pks(one.digest for one in interests.values() if one)
        settings = tables.by_pk(self._settings, {one.settings_id for one in subscriptions.values()})
        copies = []
        for row in batch:
            subscription = subscriptions.get(row.subscription_id)
            interest = interests.get(row.subscription_id)
            owner = row.user_id
            if owner is None and subscription is not None:
                owner = settings[subscription.settings_id].user_id
            copies.append(
                Copy(
                    row=row.id,
                    happening=self._happening(row, subscription),
                    user_id=owner,
                    read_at=(row.modified or row.created) if row.is_viewed else None,
                    emailed_at=row.created if row.is_emailed else None,
                    occurrences=max(row.occurrences or 1, 1),
                    subscription_id=pks.get(interest.digest) if interest else None,
                )
            )
        self._source.arrivals.arrive(copies)

    def _happening(self, row: Any, subscription: Any) -> Happening:
        if subscription is None:
            name = self._keys.key(UNKNOWN_TYPE)
            self._ensure_unknown(name)
            self._report.note("notifications", f"has lost its type, and is {name} here", row.id)
        else:
            name = self._keys.key(subscription.notification_type_id)
        second = row.created.replace(microsecond=0)
        return Happening(
            dedupe_key=f"nyt:{content_digest(name, row.message, row.url, second)}",
            key=name,
            message=row.message or "",
            created=row.created,
            url=row.url or "",
        )

    def _ensure_unknown(self, name: str) -> None:
        if not self._has_unknown:
            self._has_unknown = True
            self._source.standing.types([NotificationType(key=name)])


def _interval(row: Any) -> int:
    """Return the interval of old settings in ours."""
    return INTERVALS.get(row.interval, int(row.interval))
