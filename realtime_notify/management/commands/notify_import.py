"""`manage.py notify_import`: import the data of an older notification system."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from realtime_notify.importing.job import ImportJob
from realtime_notify.importing.old_tables import OldTables
from realtime_notify.importing.readers import (
    entity_event,
    notifications,
    nyt,
    object_events,
    tidings,
)
from realtime_notify.importing.report import Report, no_progress

SYSTEMS: dict[str, Callable[[ImportJob], None]] = {
    "nyt": nyt.import_tables,
    "notifications": notifications.import_tables,
    "tidings": tidings.import_tables,
    "entity_event": entity_event.import_tables,
    "object_events": object_events.import_tables,
}

PROGRESS_INTERVAL = 2.0
"""Seconds between two lines of progress."""


class Command(BaseCommand):
    """Import old tables, and report what was imported, changed or skipped."""

    help = (
        "Imports the tables of django-nyt, django-notifications, django-tidings, "
        "django-entity-event or django-object-events. It can be repeated: nothing is duplicated, "
        "and rows imported before stay as they are. The old tables are only read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare where the old tables are, and how to import them."""
        parser.add_argument("system", choices=SYSTEMS, help="the system to import")
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help="the database with the old tables (default: %(default)s)",
        )
        parser.add_argument(
            "--batch-size",
            type=int,
            default=1000,
            metavar="ROWS",
            help="rows to read and write at a time (default: %(default)s)",
        )
        parser.add_argument("--dry-run", action="store_true", help="report without writing")
        parser.add_argument("--prefix", help="the prefix of the tables' names, such as nyt")
        parser.add_argument(
            "--table",
            action="append",
            default=[],
            metavar="NAME=TABLE",
            help="a table with another name, such as notification=myapp_notice; repeatable",
        )
        parser.add_argument(
            "--key",
            action="append",
            default=[],
            metavar="OLD=KEY",
            help="the key for an old type, event type, source or verb; repeatable",
        )
        parser.add_argument(
            "--values",
            action="append",
            default=[],
            metavar="FILTER=TEXT,TEXT",
            help="tidings: the texts that a filter, stored as a checksum, may hold; repeatable",
        )
        parser.add_argument(
            "--integers",
            action="append",
            default=[],
            metavar="FILTER",
            help="tidings: a filter that holds numbers; repeatable",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, then print the report."""
        if options["batch_size"] < 1:
            raise CommandError(f"--batch-size must be at least 1, not {options['batch_size']}.")
        system = options["system"]
        report = Report(on_progress=_Progress(self) if options["verbosity"] else no_progress)
        try:
            tables = OldTables(
                options["database"],
                options["prefix"] or default_prefix(system),
                _pairs("--table", options["table"]),
                options["batch_size"],
            )
            job = ImportJob(
                tables,
                keys=_pairs("--key", options["key"]),
                report=report,
                dry_run=options["dry_run"],
                values={
                    name: texts.split(",")
                    for name, texts in _pairs("--values", options["values"]).items()
                },
                integers=frozenset(options["integers"]),
            )
            SYSTEMS[system](job)
        except ValueError as error:
            raise CommandError(str(error)) from error
        if options["dry_run"]:
            self.stdout.write("Dry run: nothing was written. An import would report:")
        for line in report.lines():
            self.stdout.write(line)


def default_prefix(system: str) -> str:
    """Return the prefix of a system's tables, which django-nyt takes from a setting."""
    if system == "nyt":
        return str(getattr(settings, "NYT_DB_TABLE_PREFIX", "nyt"))
    return system


class _Progress:
    """Prints how many rows were read, every few seconds."""

    def __init__(self, command: Command) -> None:
        self._command = command
        self._last = time.monotonic()

    def __call__(self, part: str, done: int, total: int) -> None:
        """Print the progress of a part, unless a line was printed a moment ago."""
        if time.monotonic() - self._last >= PROGRESS_INTERVAL:
            self._last = time.monotonic()
            self._command.stdout.write(f"  {part}: {done} of {total}")
            self._command.stdout.flush()


def _pairs(option: str, arguments: list[str]) -> dict[str, str]:
    """Parse arguments written as NAME=VALUE."""
    pairs = {}
    for argument in arguments:
        # An old name may contain "=", a key may not.
        split = argument.rpartition if option == "--key" else argument.partition
        name, _equals, value = split("=")
        if not (name and value):
            raise CommandError(f"{option}: {argument!r} is not of the form NAME=VALUE.")
        pairs[name] = value
    return pairs
