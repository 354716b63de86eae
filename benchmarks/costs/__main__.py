"""What one happening costs the server process, PostgreSQL and Redis, in processor time.

    python -m benchmarks.costs [--browsers 2000] [--save]

Everything is real: PostgreSQL with a million notifications, Redis, uvicorn with the raw writer, and
thousands of sockets. `python -m benchmarks.scale` calculates with the results.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from benchmarks.costs.cost import Cost
from benchmarks.delivery.ground import fill, hold, tables
from tests.services import PostgreSQL, Redis

RESULTS = Path(__file__).parent.parent / "costs_results.json"
PEOPLE, HOLDERS, EACH = 100_000, 50_000, 20
OPENINGS = 200


def main(arguments: list[str]) -> int:
    """Measure everything, and print a table."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.costs",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--browsers", type=int, default=2000)
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        redis, postgresql = stack.enter_context(Redis()), stack.enter_context(PostgreSQL())
        os.environ["REDIS_URL"] = redis.url
        stack.enter_context(tables(postgresql.url, "benchmarks.costs.settings"))
        found = _measure(postgresql, redis, options.browsers)
    print(_table(found["happenings"]))
    if options.save:
        RESULTS.write_text(json.dumps(_rounded(found), indent=2) + "\n")
    return 0


def _measure(postgresql: PostgreSQL, redis: Redis, count: int) -> dict[str, Any]:
    """Return everything that is measured, as it is saved."""
    from django.db import connection

    from benchmarks.costs import check, phases
    from benchmarks.costs.site import QUIET, serving
    from benchmarks.crowd import sign_in

    fill(PEOPLE)
    hold(HOLDERS, EACH)
    people = sign_in(phases.RESIDENTS + count)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    happenings: dict[str, Cost] = {}

    def note(found: Iterator[tuple[str, Cost]]) -> None:
        for name, cost in found:
            happenings[name] = cost
            print(_row(name, cost), flush=True)

    with serving(postgresql, redis, people, QUIET) as site:
        with site.browsers(0, phases.RESIDENTS):
            time.sleep(2.0)
            empty = site.resident()
            site.meters.settle(10.0)
            note(iter([("second", site.meters.idle)]))
            note(phases.of_hellos(site, count))
            last = phases.RESIDENTS + count
            with site.browsers(phases.RESIDENTS, last, rate=phases.COMING):
                time.sleep(3.0)
                full = site.resident()
                site.meters.settle(6.0)
                sizes = phases.table_sizes()
                note(phases.of_pushes(site, count))
                disk = _growth(sizes, phases.table_sizes())
                note(phases.of_broadcasts(site, count))
                rejoin, group = phases.of_redis(site, count)
                note(iter([("rejoin", rejoin)]))
        idle = site.meters.idle
        note(phases.of_commands(site))
    for name, setting in (
        ("heal", {"HEAL_INTERVAL": 0.5}),
        ("heartbeat", {"PING_INTERVAL": 1.0}),
        ("session check", {"SESSION_CHECK_INTERVAL": 1.0}),
    ):
        with serving(postgresql, redis, people, QUIET | setting) as site:
            site.meters.idle = idle
            a_second = phases.by_the_clock(site, count)
            interval = next(iter(setting.values()))
            note(iter([(name, a_second.each(count / interval))]))
    note(iter([("connection to PostgreSQL", _opening(postgresql))]))
    with serving(postgresql, redis, people, {}) as site:
        checked = check.measure(site, count)
    return {
        "machine": {
            "date": time.strftime("%-d %B %Y"),
            "cores": os.cpu_count(),
            "busy": os.getloadavg()[2],
            "processor": _processor(),
            "python": platform.python_version(),
            "browsers": count,
        },
        "memory": {"process": empty, "connection": (full - empty) / count, "group": group},
        "disk": disk,
        "happenings": {name: asdict(cost) for name, cost in happenings.items()},
        "check": checked,
    }


def _growth(
    before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]
) -> dict[str, float]:
    """Return the bytes of one more row of each table."""
    return {
        name: (size - before[name][0]) / (rows - before[name][1])
        for name, (size, rows) in after.items()
    }


def _opening(postgresql: PostgreSQL) -> Cost:
    """Return what it costs PostgreSQL to open a connection, and the caller too."""
    from django.db import connection

    from benchmarks.costs.meters import tree_time

    before, mine = tree_time(postgresql.pid), time.process_time()
    for _ in range(OPENINGS):
        connection.close()
        connection.ensure_connection()
    spent = time.process_time() - mine
    time.sleep(1.0)  # until the last of the others has ended
    taken = tree_time(postgresql.pid) - before
    return Cost(caller=1e6 * spent, postgresql=1e6 * taken).each(OPENINGS)


def _rounded(found: Any) -> Any:
    """Return the same with no more figures than it is worth."""
    if isinstance(found, dict):
        return {name: _rounded(value) for name, value in found.items()}
    return round(found, 3) if isinstance(found, float) else found


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _row(name: str, cost: Cost) -> str:
    return f"| {name} | " + " | ".join(f"{value:,.1f}" for value in asdict(cost).values()) + " |"


def _table(happenings: dict[str, dict[str, float]]) -> str:
    names = [field.name for field in fields(Cost)]
    lines = [f"| | {' | '.join(names)} |", "|---|" + "---|" * len(names)]
    return "\n".join([*lines, *(_row(name, Cost(**cost)) for name, cost in happenings.items())])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
