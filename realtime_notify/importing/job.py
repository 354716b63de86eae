"""One import: the tables to read, the options, the writers and the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncSecond

from realtime_notify.importing.key_mapping import KeyMapping
from realtime_notify.importing.old_refs import OldContentTypes
from realtime_notify.importing.old_tables import OldTables, Rows
from realtime_notify.importing.report import Report
from realtime_notify.importing.writers.definitions import DefinitionWriter
from realtime_notify.importing.writers.notifications import NotificationWriter
from realtime_notify.importing.writers.subscriptions import SubscriptionWriter


@dataclass
class ImportJob:
    """What the reader of an old system works with.

    Attributes:
        tables: reads the old tables.
        keys: the keys that the caller chose, by old name.
        report: counts what was written and what could not be.
        dry_run: read and count only.
        values: for django-tidings, the texts that a filter may hold, by the filter's name.
        integers: for django-tidings, the names of the filters that hold numbers.
        content_types: finds this project's models for old content types.
        definitions, subscriptions, notifications: the writers.
    """

    tables: OldTables
    keys: Mapping[str, str] = field(default_factory=dict)
    report: Report = field(default_factory=Report)
    dry_run: bool = False
    values: Mapping[str, list[str]] = field(default_factory=dict)
    integers: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Make the writers."""
        self.content_types = OldContentTypes(self.tables)
        self.definitions = DefinitionWriter(self.report, self.dry_run)
        self.subscriptions = SubscriptionWriter(self.report, self.dry_run)
        self.notifications = NotificationWriter(self.report, self.dry_run)

    def key_mapping(self, default: str = "") -> KeyMapping:
        """Return the mapping of old names to keys; see `KeyMapping`."""
        return KeyMapping(self.keys, default)

    def batches(self, part: str, model: type[Any], *group_by: Combinable) -> Iterator[Rows]:
        """Yield all rows of a table, a batch at a time, and report the progress.

        Args:
            part: the report's name for the rows.
            model: the old table.
            group_by: rows that are equal in all of these come in the same batch, so that a
                writer can merge them whatever the size of the batches.
        """
        total, done = self.tables.count(model), 0
        if group_by:
            batches = self.tables.grouped_batches(model, *group_by)
        else:
            batches = self.tables.batches(model)
        for batch in batches:
            yield batch
            done += len(batch)
            self.report.on_progress(part, done, total)

    def second(self, column: str) -> TruncSecond:
        """Return a datetime column cut to whole seconds, for `batches()`."""
        # The database's own time zone needs no conversion, nor MariaDB's time zone tables.
        zone = connections[self.tables.database].timezone
        return TruncSecond(column, tzinfo=zone)
