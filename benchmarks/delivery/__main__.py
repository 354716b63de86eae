"""`python -m benchmarks.delivery`: everything about delivery, on a database server of its own.

python -m benchmarks.delivery --people 1000000 --save
python -m benchmarks.delivery --people 20000 --only rates waits
python -m benchmarks.delivery --database mariadb --only history
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.delivery.ground import database, fill
from benchmarks.delivery.measuring import Figure, table

RESULTS = Path(__file__).parents[1] / "delivery_results.md"
MEASUREMENTS = (
    *("rates", "million", "history", "bursts", "bystanders", "pages", "hello", "memory", "profile"),
)
ON_OTHERS = ("history", "bursts", "bystanders", "hello", "profile")


def main(arguments: list[str]) -> int:
    """Measure, print the tables, and say whether every goal is met."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.delivery",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--database", choices=["postgresql", "mariadb"], default="postgresql")
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS)
    parser.add_argument("--save", action="store_true", help=f"add to {RESULTS.name}")
    options = parser.parse_args(arguments)
    default = MEASUREMENTS if options.database == "postgresql" else ON_OTHERS
    figures: list[Figure] = []
    with database(options.database):
        fill(options.people)
        for name in options.only or default:
            print(f"... {name}", file=sys.stderr, flush=True)
            figures += _measurements(options.people)[name]()
        text = f"{_heading(options)}\n\n{table(figures)}\n"
    print(text)
    if options.save:
        _save(options.database, text)
    return 0 if all(figure.is_met for figure in figures) else 1


def _measurements(people: int) -> dict[str, Callable[[], Iterable[Figure]]]:
    """Return the measurements, which can be imported once Django is set up."""
    from benchmarks.delivery import chunks, hello, memory, rates, waits
    from realtime_notify import conf

    def by_worker(measure: Callable[[], Iterable[Figure]]) -> Callable[[], Iterable[Figure]]:
        """Leave all delivery to what is measured."""

        def run() -> list[Figure]:
            from django.test import override_settings

            with override_settings(**{conf.NAME: {"INLINE_RECIPIENTS": 0}}):
                return list(measure())

        return run

    return {
        "rates": by_worker(lambda: rates.measure(people)),
        "million": lambda: chunks.million(people),
        "history": by_worker(chunks.history),
        "bursts": waits.bursts,
        "bystanders": waits.bystanders,
        "pages": by_worker(waits.pages),
        "hello": hello.measure,
        "memory": memory.measure,
        "profile": by_worker(chunks.profile),
    }


def _heading(options: argparse.Namespace) -> str:
    import django
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT version()")
        version = cursor.fetchone()[0].split(",")[0].split(" (")[0]
    return (
        f"## {options.people:,} people, {options.database}\n\n"
        f"{version}, Django {django.__version__}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, {datetime.date.today():%-d %B %Y}"  # noqa: DTZ011
    )


def _save(kind: str, text: str) -> None:
    """Put a run into the page, in place of the last one on the same database."""
    sections = RESULTS.read_text().split("\n## ") if RESULTS.exists() else ["# Delivery\n"]
    kept = [one for one in sections[1:] if f", {kind}\n" not in one]
    kept.append(text.removeprefix("## "))
    RESULTS.write_text("\n## ".join(["# Delivery\n", *kept]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
