"""What every system's module works with: the old tables on one side, the writers on the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncSecond

from realtime_notify.importing.arrivals import Arrivals
from realtime_notify.importing.references import Keys, Models
from realtime_notify.importing.report import Report
from realtime_notify.importing.standing import Standing
from realtime_notify.importing.tables import OldTables, Rows


@dataclass
class Source:
    """One import.

    Attributes:
        tables: reads the old tables.
        keys: what the caller wants old names to be called.
        report: what is done, and what cannot be.
        dry_run: whether to read and count only.
        values: of tidings' filters, the texts there are, by the filter's name.
        integers: the names of tidings' filters whose values are numbers.
    """

    tables: OldTables
    keys: Mapping[str, str] = field(default_factory=dict)
    report: Report = field(default_factory=Report)
    dry_run: bool = False
    values: Mapping[str, list[str]] = field(default_factory=dict)
    integers: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Make the writers."""
        self.models = Models(self.tables)
        self.standing = Standing(self.report, self.dry_run)
        self.arrivals = Arrivals(self.report, self.dry_run)

    def named(self, otherwise: str = "") -> Keys:
        """Return what turns old names into keys; see `Keys`."""
        return Keys(self.keys, otherwise)

    def batches(self, part: str, model: type[Any], *together: Combinable) -> Iterator[Rows]:
        """Yield all rows of a table, a batch at a time, and report the progress.

        Args:
            part: what the report calls them.
            model: the old table.
            together: rows that are equal in all of this are in the same batch.
        """
        total, done = self.tables.count(model), 0
        if together:
            batches = self.tables.batches_together(model, *together)
        else:
            batches = self.tables.batches(model)
        for batch in batches:
            yield batch
            done += len(batch)
            self.report.on_progress(part, done, total)

    def second(self, column: str) -> TruncSecond:
        """Return the whole second of a column of moments, for `batches()`."""
        # In the zone that the database stores moments in, where nothing has to be converted.
        zone = connections[self.tables.database].timezone
        return TruncSecond(column, tzinfo=zone)
