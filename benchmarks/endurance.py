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
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import Any
from urllib.request import urlopen

from benchmarks.crowd import sign_in
from benchmarks.residents import AWAY, LEAVES, Lives, Residents
from tests.processes import free_port, listens
from tests.services import Redis

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "endurance_results.md"
EXPLAINED = str(__doc__).partition("\n\n    python")[0].partition("\n\n")[2]
KEY, NEWS = "bench/evening", "bench/news"
LOOK_EVERY = 10.0
NOTIFY_EVERY = 0.25
RECIPIENTS = 5
ASIDE_EVERY, ASIDE = 120.0, 1000
BROADCAST_EVERY = 180.0
SUBSCRIBERS = 500
VACUUM_EVERY = 60.0  # the tests' PostgreSQL does not vacuum by itself
WINDOW = 120.0  # seconds over which means are taken
GOAL = 3.0  # per cent
APPLICATION = "benchmarks.endurance_server:application"
UVICORN = (
    *("uvicorn", "--log-level", "error", "--port", "{port}", "--backlog", "64"),
    *("--ws-ping-interval", "3600"),
)
DAPHNE = (
    *("-v", "0", "-e", "tcp:port={port}:interface=127.0.0.1:backlog=50"),
    *("--ping-interval", "3600"),
)
DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL")
COMMANDS = {
    "daphne": ("daphne", *DAPHNE),
    "daphne-raw": ("realtime_notify.servers.daphne", *DAPHNE),
    "uvicorn": UVICORN,
    "uvicorn-raw": (*UVICORN, "--ws", "realtime_notify.servers.uvicorn:WebSocketProtocol"),
}


@dataclass
class Look:
    """What a process held at a moment.

    Attributes:
        second: since everybody had come.
        resident: megabytes.
        cpu: seconds of processor time, from the start of the process.
        database: its connections to PostgreSQL.
    """

    second: float
    resident: float
    cpu: float
    descriptors: int
    threads: int
    database: int
    connections: int
    users: int
    groups: int
    tasks: int
    python_threads: int
    blocks: int


@dataclass
class Evening:
    """One run."""

    server: str
    looks: list[Look]
    lives: Lives
    sent: dict[str, int]
    behind: int
    """Those who were not at the database's revision in the end."""

    def held(self, what: str, around: float, *, half: float = WINDOW / 2) -> float:
        """Return the mean of what was held around a moment."""
        near = [look for look in self.looks if abs(look.second - around) <= half]
        return mean(float(getattr(look, what)) for look in near)

    def growth(self, what: str) -> float:
        """Return by how many per cent something grew in the second half."""
        end = self.looks[-1].second
        middle, last = self.held(what, end / 2), self.held(what, end - WINDOW / 2)
        return 100 * (last - middle) / middle

    @property
    def missed(self) -> bool:
        """Whether it grew, or somebody missed something."""
        return self.growth("resident") > GOAL or self.behind > 0


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
    evenings = _read(options.kept) if options.kept else _run(options)
    text = report(evenings, options.connections)
    print(f"\n{text}")
    if options.save:
        RESULTS.write_text(text + "\n")
    return 1 if any(evening.missed for evening in evenings) else 0


def _read(files: list[Path]) -> list[Evening]:
    """Return the runs that were kept."""
    runs = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    return [
        Evening(
            **run
            | {"looks": [Look(**look) for look in run["looks"]], "lives": Lives(**run["lives"])}
        )
        for run in runs
    ]


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
    with _serving(server) as (process, port), _worker():
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
                if look := _look(process.pid, port, now - began):
                    looks.append(look)
                print(f"{server}: {look or 'too busy to answer'}", flush=True)
            time.sleep(NOTIFY_EVERY / 4)
        lives = residents.finish()
        assert isinstance(lives, Lives)
        behind = _behind(people.users, lives.revisions)
    return Evening(server, looks, lives, dict(traffic.sent), behind)


def _must_live(residents: Residents, process: subprocess.Popen[bytes]) -> None:
    if not residents.is_alive or process.poll() is not None:
        raise RuntimeError("The residents or the server have ended by themselves.")


class Traffic:
    """What is notified, each kind at its own pace."""

    def __init__(self, users: list[Any]) -> None:
        self.sent: Counter[str] = Counter()
        self._users = users
        self._subscribe()
        self._due = dict.fromkeys(
            (self._tell_some, self._tell_many, self._broadcast, self._vacuum), time.monotonic()
        )

    def flow(self, now: float) -> None:
        """Do what is due."""
        for do, due in self._due.items():
            if now >= due:
                self._due[do] = max(due, now - 1.0) + do()

    def _subscribe(self) -> None:
        from django.db import transaction

        from realtime_notify import subscribe

        with transaction.atomic():
            for user in self._users[:SUBSCRIBERS]:
                subscribe(user, NEWS)

    def _tell_some(self) -> float:
        self._tell("to five people", recipients=random.sample(self._users, RECIPIENTS))
        return NOTIFY_EVERY

    def _tell_many(self) -> float:
        recipients = random.sample(self._users, min(ASIDE, len(self._users)))
        self._tell("to a thousand", recipients=recipients)
        return ASIDE_EVERY

    def _broadcast(self) -> float:
        self._tell("broadcast", key=NEWS, lazy=True)
        return BROADCAST_EVERY

    def _vacuum(self) -> float:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        return VACUUM_EVERY

    def _tell(self, kind: str, key: str = KEY, **whom: Any) -> None:
        from realtime_notify import notify

        self.sent[kind] += 1
        notify(f"Number {self.sent[kind]} {kind}", key, **whom)


# --- the processes ---


@contextmanager
def _serving(server: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    command = [part.format(port=port) for part in COMMANDS[server]]
    # libpq reads the name, by which its connections are counted.
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "benchmarks.endurance_settings",
        "PGAPPNAME": "server",
    }
    process = subprocess.Popen(
        [*DIES_WITH_US, sys.executable, "-m", *command, APPLICATION], cwd=ROOT, env=environment
    )
    try:
        while not listens(port):
            if process.poll() is not None:
                raise RuntimeError(f"{server} did not start.")
            time.sleep(0.05)
        yield process, port
    finally:
        process.kill()
        process.wait()


@contextmanager
def _worker() -> Iterator[None]:
    process = subprocess.Popen(
        [*DIES_WITH_US, sys.executable, "manage.py", "notify_worker"], cwd=ROOT
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


# --- what they hold ---


def _look(pid: int, port: int, second: float) -> Look | None:
    """Return what a process holds; None if it is too busy to tell."""
    from django.db import connection

    try:
        with urlopen(f"http://127.0.0.1:{port}/report/", timeout=10) as answer:
            told: dict[str, int] = json.load(answer)
    except OSError:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'server'")
        database: int = cursor.fetchone()[0]
    proc = Path("/proc", str(pid))
    status = dict(line.split(":\t", 1) for line in (proc / "status").read_text().splitlines())
    ticks = (proc / "stat").read_text().rpartition(")")[2].split()[11:13]
    return Look(
        second=round(second, 1),
        resident=int(status["VmRSS"].split()[0]) / 1024,
        cpu=sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"),
        descriptors=len(os.listdir(proc / "fd")),
        threads=int(status["Threads"]),
        database=database,
        **told,
    )


def _behind(users: list[Any], revisions: dict[int, int]) -> int:
    """Return how many are not at the database's revision."""
    from realtime_notify.models import Inbox

    now = dict(Inbox.objects.values_list("user_id", "rev"))
    return sum(now.get(users[number].pk, 0) != rev for number, rev in revisions.items())


# --- the report ---


def report(evenings: list[Evening], connections: int) -> str:
    """Return all runs in Markdown."""
    lines = [
        "# An evening",
        "",
        EXPLAINED,
        "",
        f"{connections:,} connections, {os.cpu_count()} cores, {time.strftime('%-d %B %Y')}. The "
        "machine had other work too.",
        "",
        "| server | minutes | RSS in the middle | in the end | growth | Python's blocks "
        f"| at most {GOAL:g} % | not at the database's revision |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for each in evenings:
        end = each.looks[-1].second
        middle, last = each.held("resident", end / 2), each.held("resident", end - WINDOW / 2)
        lines.append(
            f"| {each.server} | {end / 60:.0f} | {middle:.1f} MB | {last:.1f} MB "
            f"| {each.growth('resident'):+.2f} % | {each.growth('blocks'):+.2f} % "
            f"| {'no' if each.growth('resident') > GOAL else 'yes'} "
            f"| {each.behind} of {len(each.lives.revisions):,} |"
        )
    for each in evenings:
        lines += ["", f"## {each.server}", "", _lived(each), "", *_minutes(each)]
    return "\n".join(lines)


def _lived(evening: Evening) -> str:
    lives, end = evening.lives, evening.looks[-1]
    sent = ", ".join(f"{count:,} {kind}" for kind, count in evening.sent.items())
    lost = Counter(lives.lost)
    told = (
        f"{len(lives.lost):,} connections were lost: {dict(lost.most_common(3))}. " if lost else ""
    )
    return (
        f"Notified: {sent}. {lives.arrived:,} notifications were shown, in {lives.frames:,} frames "
        f"with heartbeats; {lives.left:,} times somebody left, {lives.read:,} times everything was "
        f"marked as read, {lives.syncs:,} times somebody asked for what they missed. {told}"
        f"{len(lives.errors)} errors. The process took {end.cpu:,.0f} s of processor time."
    )


def _minutes(evening: Evening) -> list[str]:
    lines = [
        "| minute | RSS MB | connections | groups | tasks | threads | descriptors "
        "| database connections | Python's blocks |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    shown = (
        look
        for look in evening.looks
        if look.second >= 0 and int(look.second / 60) % 2 == 0 and look.second % 60 < LOOK_EVERY
    )
    for look in shown:
        lines += [
            f"| {look.second / 60:.0f} | {look.resident:.1f} | {look.connections:,} "
            f"| {look.groups:,} | {look.tasks:,} | {look.threads} | {look.descriptors:,} "
            f"| {look.database} | {look.blocks:,} |"
        ]
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
