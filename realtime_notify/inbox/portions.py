"""A bounded number of rows from each of many inboxes, in a few statements.

Notifications and their events are read apart: many people hold the same events, which are then read
and encoded just once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections, models, router
from django.db.models import F

from realtime_notify.inbox.items import EVENT_COLUMNS, Row, SharedFields
from realtime_notify.models import Event, Notification
from realtime_notify.models.arrays import among
from realtime_notify.models.each import select_each

EVENTS_AT_ONCE = 5000
"""Events that one statement reads; they are large."""


class Portions:
    """Reads rows of inboxes, and keeps their events for the next time."""

    def __init__(self) -> None:
        self._events: dict[int, Any] = {}
        self._shared: dict[tuple[int, str], SharedFields] = {}

    def changed(self, since: Sequence[tuple[Any, int]], limit: int) -> list[list[Row]]:
        """Return the notifications that changed since a rev, in the order of their revs.

        Args:
            since: owners of inboxes, by primary key, each with a rev.
            limit: how many to read of each, at most.

        Returns:
            The rows for each entry of `since`.
        """
        return self._read(
            "user_id = {user} AND rev > {rev} ORDER BY rev",
            {"user": [user for user, _ in since], "rev": [rev for _, rev in since]},
            limit,
        )

    def newest(self, users: Sequence[Any], limit: int) -> list[list[Row]]:
        """Return the notifications that the lists show, newest first.

        Args:
            users: the owners of the inboxes, by primary key.
            limit: how many to read of each, at most.

        Returns:
            The rows for each entry of `users`.
        """
        active = "archived_at IS NULL AND deleted_at IS NULL AND snoozed_until IS NULL"
        return self._read(
            f"user_id = {{user}} AND {active} ORDER BY seq DESC", {"user": users}, limit
        )

    def load(self, rows: Iterable[Row]) -> None:
        """Read the events of these notifications that were not read before."""
        missing = iter({row.event for row in rows} - self._events.keys())
        while pks := list(islice(missing, EVENTS_AT_ONCE)):
            events = Event.objects.filter(among("pk", pks)).order_by()
            events = events.annotate(group=F("type__group_id"))  # type: ignore[no-redef]
            for event in events.values_list(*EVENT_COLUMNS, named=True):
                self._events[event.pk] = event

    def shared(self, row: Row, language: str = "") -> SharedFields:
        """Return what the items of an event share, once it is loaded.

        Args:
            row: a notification of the event.
            language: whose texts they hold; "" for the active one.
        """
        event = self._events[row.event]
        key = (row.event, language if event.texts else "")
        if key not in self._shared:
            self._shared[key] = SharedFields(event, language)
        return self._shared[key]

    def present(self, rows: Iterable[Row]) -> list[Row]:
        """Return the notifications whose events were there to be loaded.

        The others have been removed since they were read, as the inbox's next revision says.
        """
        return [row for row in rows if row.event in self._events]

    @staticmethod
    def _read(condition: str, columns: dict[str, Sequence[Any]], limit: int) -> list[list[Row]]:
        found: list[list[Row]] = [[] for _ in columns["user"]]
        quote = connections[router.db_for_write(Notification)].ops.quote_name
        names = ", ".join(["id", "event_id", *Row._fields[2:]])
        table = quote(Notification._meta.db_table)
        rows = select_each(
            Notification,
            f"SELECT {names} FROM {table} WHERE {condition} LIMIT {limit}",  # noqa: S608
            {name: (_FIELDS[name](), values) for name, values in columns.items()},
        )
        for place, *values in rows:
            found[place].append(Row(*values))
        return found


_FIELDS = {"user": lambda: get_user_model()._meta.pk, "rev": models.BigIntegerField}
