"""What a server process holds after an evening: ten thousand sockets, twenty minutes, churn.

One server process, PostgreSQL without a pool, Redis and a worker. When all have come, five leave
each second for as long as it is measured, and come back within a minute, with the page they had or
a new one; two a second mark everything as read; and four notifications a second are sent to five
people each. Every two minutes a thousand get one by way of the worker, and every three minutes five
hundred a broadcast.

Every ten seconds the process is looked at. What it holds must not grow: the means of two minutes
around the middle and of the last two are compared. After half a minute without traffic, everybody
must be at the revision that the database has.

So that a part of one core suffices, heartbeats come every minute, the heal query every 15 seconds,
and the pings of Daphne and uvicorn, which heartbeats make needless, are off.

    python -m benchmarks.endurance [--connections 10000] [--minutes 20] [--server daphne] [--save]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.crowd import sign_in
from benchmarks.endurance.evening import Evening, read, report
from benchmarks.endurance.looks import LOOK_EVERY, look_at
from benchmarks.endurance.processes import COMMANDS, serving, working
from benchmarks.endurance.residents import AWAY, LEAVES, Lives, Residents
from benchmarks.endurance.traffic import NOTIFY_EVERY, Traffic
from tests.services import Redis

RESULTS = Path(__file__).parent.parent / "endurance_results.md"
EXPLAINED = str(__doc__).partition("\n\n    python")[0].partition("\n\n")[2]


def main(arguments: list[str]) -> int:
    """Spend an evening with each server; print what it held."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.endurance",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument(
        "--server", choices=COMMANDS, nargs="+", default=["daphne-raw", "uvicorn-raw"]
    )
    parser.add_argument("--keep", type=Path, help="append each run to this file, as JSON")
    parser.add_argument("--kept", type=Path, nargs="+", help="report the runs in these files")
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args(arguments)
    evenings = read(options.kept) if options.kept else _run(options)
    text = report(EXPLAINED, evenings, options.connections)
    print(f"\n{text}")
    if options.save:
        RESULTS.write_text(text + "\n")
    return 1 if any(evening.missed for evening in evenings) else 0


def _run(options: argparse.Namespace) -> list[Evening]:
    from benchmarks.delivery.ground import database

    evenings = []
    with Redis() as redis:
        os.environ["REDIS_URL"] = redis.url
        with database("postgresql"):
            for server in options.server:
                evenings.append(_spend(server, options))
                if options.keep:
                    with options.keep.open("a") as file:
                        file.write(json.dumps(asdict(evenings[-1])) + "\n")
    return evenings


def _spend(server: str, options: argparse.Namespace) -> Evening:
    people = sign_in(options.connections + round(LEAVES * mean(AWAY)))
    with serving(server) as (process, port), working():
        residents = Residents(port, people.cookies)
        while residents.greeted < options.connections:
            _must_live(residents, process)
            print(f"{server}: {residents.greeted:,} have come", flush=True)
            time.sleep(LOOK_EVERY)
        traffic, looks = Traffic(people.users), []
        began = next_look = time.monotonic()
        while (now := time.monotonic()) < began + 60 * options.minutes:
            _must_live(residents, process)
            traffic.flow(now)
            if now >= next_look:
                next_look += LOOK_EVERY
                looks.append(look_at(process.pid, port, now - began))
                print(f"{server}: {looks[-1]}", flush=True)
            time.sleep(NOTIFY_EVERY / 4)
        lives = residents.finish()
        assert isinstance(lives, Lives)
        behind = _behind(people.users, lives.revisions)
    return Evening(server, looks, lives, dict(traffic.sent), behind)


def _must_live(residents: Residents, process: subprocess.Popen[bytes]) -> None:
    if not residents.is_alive or process.poll() is not None:
        raise RuntimeError("The residents or the server have ended by themselves.")


def _behind(users: list[Any], revisions: dict[int, int]) -> int:
    """Return how many are not at the database's revision."""
    from realtime_notify.models import Inbox

    now = dict(Inbox.objects.values_list("user_id", "rev"))
    return sum(now.get(users[number].pk, 0) != rev for number, rev in revisions.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
