"""`manage.py notify_import`: copy what an older notification system has stored."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from realtime_notify.importing import entity_event, notifications, nyt, object_events, tidings
from realtime_notify.importing.report import Report
from realtime_notify.importing.source import Source
from realtime_notify.importing.tables import OldTables

SYSTEMS: dict[str, Callable[[Source], None]] = {
    "nyt": nyt.run,
    "notifications": notifications.run,
    "tidings": tidings.run,
    "entity_event": entity_event.run,
    "object_events": object_events.run,
}

SECONDS_BETWEEN_LINES = 2.0


class Command(BaseCommand):
    """Read old tables, write ours, and say what could not be mapped."""

    help = (
        "Copies the tables of django-nyt, django-notifications, django-tidings, "
        "django-entity-event or django-object-events. May be repeated: nothing is doubled, and "
        "what is here already stays as it is. The old tables are only read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare where the old tables are, and what to call things."""
        parser.add_argument("system", choices=SYSTEMS, help="which system's tables")
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help="the database that holds them (default: %(default)s)",
        )
        parser.add_argument(
            "--batch-size", type=int, default=1000, help="rows at a time (default: %(default)s)"
        )
        parser.add_argument("--dry-run", action="store_true", help="read and report, write nothing")
        parser.add_argument("--prefix", help="what the tables' names begin with, such as nyt")
        parser.add_argument(
            "--table",
            action="append",
            default=[],
            metavar="NAME=TABLE",
            help="a table that is called otherwise, such as notification=myapp_notice",
        )
        parser.add_argument(
            "--key",
            action="append",
            default=[],
            metavar="OLD=KEY",
            help="the key for an old name: a type, an event type, a source, or a verb",
        )
        parser.add_argument(
            "--values",
            action="append",
            default=[],
            metavar="FILTER=TEXT,TEXT",
            help="tidings: the texts a filter may hold, of which only checksums are stored",
        )
        parser.add_argument(
            "--integers",
            action="append",
            default=[],
            metavar="FILTER",
            help="tidings: a filter that holds numbers",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, and report."""
        if options["batch_size"] < 1:
            raise CommandError(f"--batch-size must be at least 1, not {options['batch_size']}.")
        system = options["system"]
        report = Report(on_progress=_Progress(self).tell if options["verbosity"] else _nothing)
        try:
            tables = OldTables(
                options["database"],
                options["prefix"] or default_prefix(system),
                _pairs("--table", options["table"]),
                options["batch_size"],
            )
            source = Source(
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
            SYSTEMS[system](source)
        except ValueError as error:
            raise CommandError(str(error)) from error
        if options["dry_run"]:
            self.stdout.write("Nothing was written; without --dry-run it would be:")
        for line in report.lines():
            self.stdout.write(line)


def default_prefix(system: str) -> str:
    """Return what the tables of a system begin with, as the project's settings have it."""
    if system == "nyt":
        return str(getattr(settings, "NYT_DB_TABLE_PREFIX", "nyt"))
    return system


class _Progress:
    """Says now and then how far it is."""

    def __init__(self, command: Command) -> None:
        self._command = command
        self._last = time.monotonic()

    def tell(self, part: str, done: int, total: int) -> None:
        """Say how many rows of a part were read, unless it was said a moment ago."""
        if time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            self._command.stdout.write(f"  {part}: {done} of {total}")
            self._command.stdout.flush()


def _nothing(part: str, done: int, total: int) -> None:
    """Tell nobody."""


def _pairs(option: str, given: list[str]) -> dict[str, str]:
    """Return what was given as NAME=VALUE."""
    pairs = {}
    for one in given:
        name, found, value = one.rpartition("=") if option == "--key" else one.partition("=")
        if not (name and found and value):
            raise CommandError(f"{option}: {one!r} is no pair; write it as NAME=VALUE.")
        pairs[name] = value
    return pairs
