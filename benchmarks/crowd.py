"""Everybody comes back at once: thousands of browsers and one server process that has just started.

    python -m benchmarks.crowd [--browsers 3000 10000] [--server uvicorn|daphne] [--save]

The browsers are bare sockets in a process of their own, with the constants of the real client: ten
seconds for the handshake and ten for the answer to hello, then another attempt, by full jitter or
when the server's bye says. Each has missed one notification. PostgreSQL is real and has no pool.
Meanwhile somebody notifies people who have been greeted. Push latency is that of browsers that were
there before the crowd came, from the call of `notify()` to the frame.
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
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.request import urlopen

from benchmarks.returning import Crowd, Outcome
from tests.processes import free_port, listens
from tests.services import Redis

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "crowd_results.md"
KEY = "bench/crowd"
RESIDENTS = 100  # browsers that are there before the crowd comes
NOTIFY_EVERY = 0.2  # seconds
RECIPIENTS = 5  # of each of these notifications, and as many of those of the crowd who are greeted
LIMIT = 180.0  # seconds
GOALS = {3000: 15.0, 10_000: 60.0}  # seconds until all are greeted
PUSH_GOAL = 0.5  # seconds
BACKLOGS = {"uvicorn": 64, "daphne": 50}  # connections that the server has not accepted


@dataclass
class Result:
    """What one crowd took."""

    browsers: int
    server: str
    outcome: Outcome
    statements: int
    refused: int

    @property
    def missed(self) -> bool:
        """Whether a goal was missed."""
        everybody = len(self.outcome.greeted) == self.browsers
        slow = max(self.outcome.greeted, default=LIMIT) > GOALS.get(self.browsers, LIMIT)
        return slow or not everybody or self.outcome.push(99) > PUSH_GOAL


def main(arguments: list[str]) -> int:
    """Let crowds come back, one size after the other, and print what it took."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.crowd",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--browsers", type=int, nargs="+", default=list(GOALS))
    parser.add_argument("--server", choices=["uvicorn", "daphne"], nargs="+", default=["uvicorn"])
    parser.add_argument("--backlog", type=int, help="connections that may wait; else BACKLOGS")
    parser.add_argument("--profile", action="store_true", help="print what the loop does")
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args(arguments)
    with Redis() as redis:
        os.environ["REDIS_URL"] = redis.url
        results = _compare(options)
    table = _table(results)
    print(f"\n{table}")
    if options.save:
        RESULTS.write_text(table + "\n")
    return 1 if any(result.missed for result in results) else 0


def _compare(options: argparse.Namespace) -> list[Result]:
    from benchmarks.delivery.ground import database

    results = []
    with database("postgresql"):
        for browsers in options.browsers:
            for server in options.server:
                returning = sign_in(browsers + RESIDENTS)
                results.append(_measure(server, browsers, returning, options))
                print(_row(results[-1]), flush=True)
    return results


@dataclass
class Returning:
    """Those who come back."""

    users: list[Any]
    cookies: list[str]
    since: int
    """The rev that all of them are at, one behind their inboxes."""


def sign_in(people: int) -> Returning:
    """Sign people in, each with a notification that their browser has and one that it has not."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from realtime_notify import inbox, notify
    from realtime_notify.work import run_due

    known = User.objects.count()
    User.objects.bulk_create(User(username=f"user{n}", password="!") for n in range(known, people))
    users = list(User.objects.order_by("pk")[:people])
    notify("Welcome back", KEY, recipients=users)
    notify("You have missed this", KEY, recipients=users)
    run_due()
    Session.objects.all().delete()
    store, later = SessionStore(), timezone.now() + timedelta(days=14)
    sessions = []
    for user in users:
        session = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        data = store.encode(session)
        sessions.append(
            Session(session_key=f"{user.pk:032d}", session_data=data, expire_date=later)
        )
    Session.objects.bulk_create(sessions)
    cookies = [f"sessionid={session.session_key}" for session in sessions]
    return Returning(users, cookies, inbox.counts(users[-1])["rev"] - 1)


def _measure(kind: str, browsers: int, returning: Returning, options: argparse.Namespace) -> Result:
    from realtime_notify import notify

    with _server(kind, options) as port:
        residents = Crowd(port, returning.cookies[:RESIDENTS], returning.since)
        while residents.greeted < RESIDENTS:
            time.sleep(0.05)
        before = _report(port)
        crowd = Crowd(port, returning.cookies[RESIDENTS:], returning.since)
        began = turn = time.monotonic()
        while crowd.greeted < browsers and time.monotonic() < began + LIMIT:
            turn += NOTIFY_EVERY
            time.sleep(max(0.0, turn - time.monotonic()))
            there = [RESIDENTS + number for number in crowd.those_greeted()]
            numbers = random.sample(range(RESIDENTS), RECIPIENTS)
            numbers += random.sample(there, min(RECIPIENTS, len(there)))
            people = [returning.users[number] for number in numbers]
            notify("Meanwhile", KEY, recipients=people, data={"t": time.monotonic()})
        time.sleep(1.0)  # for the last pushes
        outcome = crowd.finish()
        # Their process has nothing else to do, so what it measures is the server's delay.
        outcome.pushes = residents.finish().pushes
        after = _report(port)
    if options.profile:
        print(after["profile"])
    for last, count in Counter(outcome.lost).items():
        print(f"{count} were closed after they had been greeted: {last}")
    return Result(
        *(browsers, kind, outcome),
        statements=after["statements"] - before["statements"],
        refused=after["refused"] - before["refused"],
    )


def _report(port: int) -> dict[str, Any]:
    with urlopen(f"http://127.0.0.1:{port}/report/", timeout=60) as answer:
        report: dict[str, Any] = json.load(answer)
    return report


@contextmanager
def _server(kind: str, options: argparse.Namespace) -> Iterator[int]:
    """Run a server process; yield its port."""
    port, application = free_port(), "benchmarks.crowd_server:application"
    backlog = options.backlog or BACKLOGS[kind]
    endpoint = f"tcp:port={port}:interface=127.0.0.1:backlog={backlog}"
    commands = {
        "uvicorn": [
            *("uvicorn", "--log-level", "error", "--port", str(port)),
            *("--backlog", str(backlog)),
            *("--ws", "realtime_notify.servers.uvicorn:WebSocketProtocol"),
            *("--ws-ping-interval", "600", application),  # the browsers here answer none
        ],
        "daphne": ["realtime_notify.servers.daphne", "-v", "0", "-e", endpoint, application],
    }
    environment = os.environ | ({"CROWD_PROFILE": "1"} if options.profile else {})
    process = subprocess.Popen([sys.executable, "-m", *commands[kind]], cwd=ROOT, env=environment)
    try:
        while not listens(port):
            if process.poll() is not None:
                raise RuntimeError(f"{kind} did not start")
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


def _row(result: Result) -> str:
    outcome = result.outcome
    times = [*outcome.greeted] or [LIMIT]
    half, most = (quantiles(times, n=100)[at] if len(times) > 1 else times[0] for at in (49, 98))
    return (
        f"| {result.browsers:,} | {result.server} | {len(outcome.greeted):,} | {half:.1f} "
        f"| {most:.1f} | {max(times):.1f} | {outcome.attempts:,} | {result.refused:,} "
        f"| {outcome.connect_timeouts:,} / {outcome.hello_timeouts:,} "
        f"| {1000 * outcome.push(50):.0f} / {1000 * outcome.push(99):.0f} "
        f"| {result.statements:,} | {'no' if result.missed else 'yes'} |"
    )


def _table(results: list[Result]) -> str:
    lines = [
        "# A crowd that comes back at once",
        "",
        f"One server process, PostgreSQL without a pool, Redis, "
        f"{os.cpu_count()} cores, {time.strftime('%-d %B %Y')}. Asked: all of 3,000 within "
        f"{GOALS[3000]:.0f} s and of 10,000 within {GOALS[10_000]:.0f} s, and pushes meanwhile "
        f"within {PUSH_GOAL} s (p99).",
        "",
        "| browsers | server | greeted | half after s | 99 % after s | all after s | attempts "
        "| sent away | timeouts: handshake / hello | push ms p50 / p99 | statements | as asked |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
        *map(_row, results),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
