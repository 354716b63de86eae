"""`make hostile`: hostile frames and requests at real servers, and neighbours who must not notice.

    python -m benchmarks.hostile --count 1000000 --seed 7 [--save]

Some is sent at the limits as they are by default, most without limits, so that the parsers are
reached. It fails if anything was answered by a 5xx or the error `internal`, if a log has a
traceback, if a neighbour was closed or waited for too long, or if a server has grown.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from benchmarks.delivery.measuring import Figure, at_most, table
from benchmarks.hostile.attackers import Attackers, Tally
from benchmarks.hostile.requests import Who
from tests.services import PostgreSQL, Redis
from tests.site import RawDaphne, RawUvicorn, Server, Site, running_site

RESULTS = Path(__file__).parent.parent / "hostile_results.md"
REQUESTS = 0.03
"""The share of requests: each costs as much as dozens of frames."""
SHARE_OF_TIME = 0.2
"""Of the minutes that are left, for each phase but the last."""
PHASES = (("limits as they are", 0.05, ""), ("without limits", 0.95, "off"))
NEIGHBOURS = 3
ATTACKERS = 8
PACE = 0.5  # seconds between two notifications
PATIENCE = 30.0
NOTE = """\
PostgreSQL, Redis, both servers with the raw writer, the attackers, and three neighbours at each
server share a machine with two cores. Neighbours get a notification every half second. Tracebacks
of a server itself are of what it does before it calls the application; Daphne shows them only at
`--verbosity 2`, as here."""
LATE = 10.0  # seconds: a lost push, and the heal query after it
GROWTH = 30.0  # MB, from a fifth of a phase to its end


class LoudDaphne(RawDaphne):
    """Daphne with the tracebacks that Twisted catches, which are hidden otherwise."""

    def command(self) -> list[str]:
        """Return the command that serves the site in the foreground."""
        return ["2" if part == "0" else part for part in super().command()]


SERVERS: dict[str, type[Server]] = {"daphne-raw": LoudDaphne, "uvicorn-raw": RawUvicorn}
TRACEBACK = re.compile(r"^Traceback \(most recent call last\):\n(?:[ \t].*\n)+(.*)$", re.MULTILINE)
OURS = ("realtime_notify/", "/django/")
"""Where a traceback may not lead. Others are of the server alone, before anything is called."""


class Outcome(NamedTuple):
    """What one phase did to one server."""

    tally: Tally
    waits: list[float]
    troubles: list[str]
    missed: int
    grown: float
    most: float
    log: str


def main(arguments: list[str]) -> int:
    """Attack, print tables, and return whether anything happened that must not."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.hostile",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--count", type=int, default=1_000_000, help="frames and requests in all")
    parser.add_argument(
        "--minutes", type=float, default=600, help="after which it ends in any case"
    )
    parser.add_argument("--seed", type=int, default=Random().randrange(10**6))
    parser.add_argument("--server", choices=list(SERVERS), nargs="+", default=list(SERVERS))
    parser.add_argument("--keep", type=Path, help="a directory for logs and faults")
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args(arguments)
    print(f"Seed {options.seed}.", flush=True)
    began = time.monotonic()
    sections, sent, failed = [], 0, False
    with site() as running:
        for phase, share, limits in PHASES:
            count = round(options.count * share / len(options.server))
            left = began + 60 * options.minutes - time.monotonic()
            is_last = limits == PHASES[-1][2]
            ends = time.monotonic() + left * (1 if is_last else SHARE_OF_TIME)
            outcomes = _phase(running, options, f"{options.seed}/{phase}", count, limits, ends)
            for server, outcome in outcomes.items():
                figures = _figures(outcome)
                failed |= not all(figure.is_met for figure in figures)
                sent += outcome.tally.sent.total()
                sections += [f"## {server}, {phase}", table(figures), _counts(outcome.tally)]
                _keep(options.keep, f"{server}-{limits or 'on'}", outcome)
    minutes = (time.monotonic() - began) / 60
    text = "\n\n".join(
        [
            "# Hostile frames and requests",
            f"{sent:,} in {minutes:.0f} minutes, seed {options.seed}. {NOTE}",
            *sections,
        ]
    )
    print(text)
    if options.save:
        RESULTS.write_text(text + "\n")
    return int(failed)


@contextmanager
def site() -> Iterator[Site]:
    """Give a site without servers, on a real Redis and a real PostgreSQL, with its tables."""
    with tempfile.TemporaryDirectory() as directory, Redis() as redis, PostgreSQL() as postgresql:
        postgresql.create_database("realtime_notify")
        os.environ |= {
            "DATABASE_URL": postgresql.url,
            "REDIS_URL": redis.url,
            "DJANGO_SETTINGS_MODULE": "benchmarks.hostile.settings",
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("migrate", run_syncdb=True, verbosity=0)
        with running_site(Path(directory), redis.url) as running:
            running.environment["DJANGO_SETTINGS_MODULE"] = "benchmarks.hostile.settings"
            yield running


def _phase(
    running: Site, options: Any, seed: str, count: int, limits: str, ends: float
) -> dict[str, Outcome]:
    from benchmarks.hostile.neighbours import Neighbour

    servers = {
        name: running.start(kind=SERVERS[name], HOSTILE_LIMITS=limits) for name in options.server
    }
    who, people = _people(limits)
    sent: dict[str, float] = {}
    neighbours = {
        name: [Neighbour(server.ws_url, cookie, sent) for cookie in people.values()]
        for name, server in servers.items()
    }
    for neighbour in (one for those in neighbours.values() for one in those):
        if not neighbour.greeted.wait(PATIENCE):
            raise RuntimeError(f"A neighbour was not greeted: {neighbour.finish()}")
    attackers = {
        name: Attackers(
            server.port,
            who,
            f"{seed}/{name}",
            frames=round(count * (1 - REQUESTS)),
            requests=round(count * REQUESTS),
            ends=ends,
        )
        for name, server in servers.items()
    }
    sizes = _notify_meanwhile(people, sent, attackers, servers)
    tallies = {name: those.finish() for name, those in attackers.items()}
    deadline = time.monotonic() + LATE
    everybody = [one for those in neighbours.values() for one in those]
    while time.monotonic() < deadline and any(one.messages() != set(sent) for one in everybody):
        time.sleep(0.1)
    outcomes = {}
    for name, server in servers.items():
        noticed = [one.finish() for one in neighbours[name]]
        early = sizes[name][: max(1, len(sizes[name]) // 5)]
        outcomes[name] = Outcome(
            tallies[name],
            [wait for one in noticed for wait in one.waits],
            [one.trouble for one in noticed if one.trouble],
            sum(len(set(sent) - one.messages()) for one in neighbours[name]),
            sizes[name][-1] - max(early),
            max(sizes[name]),
            server.log.read_text(errors="replace"),
        )
        server.stop()
    return outcomes


def _notify_meanwhile(
    people: dict[str, str],
    sent: dict[str, float],
    attackers: dict[str, Attackers],
    servers: dict[str, Server],
) -> dict[str, list[float]]:
    """Notify the neighbours until the attackers have done; return how large servers were."""
    from django.contrib.auth import get_user_model

    from realtime_notify import notify

    users = list(get_user_model().objects.filter(username__in=people))
    sizes = {name: [_resident(server.pid)] for name, server in servers.items()}
    while any(those.is_alive() for those in attackers.values()):
        message = f"Number {len(sent)}"
        sent[message] = time.monotonic()
        notify(message, "hostile/beside", recipients=users)
        for name, server in servers.items():
            sizes[name].append(_resident(server.pid))
        time.sleep(PACE)
    return sizes


def _people(limits: str) -> tuple[Who, dict[str, str]]:
    """Make people; return the cookies of the attackers, and those of the neighbours by name."""
    from django.contrib.auth import get_user_model
    from django.contrib.sessions.backends.db import SessionStore
    from django.test import Client

    from realtime_notify import notify, subscribe

    users = get_user_model().objects

    def sign_in(user: Any) -> str:
        client = Client()
        client.force_login(user)
        return f"sessionid={client.cookies['sessionid'].value}"

    attackers = [users.create_user(f"attacker{limits}{number}") for number in range(ATTACKERS)]
    for user in attackers:
        subscribe(user, "hostile/news")
        for number in range(30):
            notify(f"Bait {number}", "hostile/news", recipients=[user], collapse_key=None)
    stale = [sign_in(user) for user in attackers[:2]]
    for cookie in stale:
        SessionStore(cookie.partition("=")[2]).delete()
    names = [f"neighbour{limits}{number}" for number in range(NEIGHBOURS)]
    people = {name: sign_in(users.create_user(name)) for name in names}
    return Who(tuple(sign_in(user) for user in attackers), tuple(stale)), people


def _figures(outcome: Outcome) -> list[Figure]:
    tally, waits = outcome.tally, sorted(outcome.waits) or [0.0]
    wrong = Counter(fault.partition(":")[0] for fault in tally.faults)
    described = ", ".join(f"{count} x {what}" for what, count in wrong.items())
    tracebacks = list(TRACEBACK.finditer(outcome.log))
    ours = [one for one in tracebacks if any(part in one[0] for part in OURS)]
    return [
        Figure("frames and requests", f"{tally.sent.total():,}"),
        Figure("5xx, and errors `internal`", described or "0", "none", not tally.faults),
        Figure("tracebacks in the log", str(len(ours)), "none", not ours),
        Figure("those of the server itself", _of_server(tracebacks, ours)),
        Figure("neighbours closed", str(len(outcome.troubles)), "none", not outcome.troubles),
        Figure("notifications", f"{len(outcome.waits):,}"),
        Figure("notifications missing", str(outcome.missed), "none", not outcome.missed),
        Figure("until a neighbour has one: p50", f"{statistics.median(waits):.2f} s"),
        Figure("p99", f"{waits[int(0.99 * (len(waits) - 1))]:.2f} s"),
        at_most("the longest", waits[-1], LATE),
        at_most("memory, from a fifth of the way on", outcome.grown, GROWTH, " MB"),
        Figure("memory at most", f"{outcome.most:.0f} MB"),
    ]


def _of_server(tracebacks: list[re.Match[str]], ours: list[re.Match[str]]) -> str:
    """Return how many tracebacks are of the server alone, and what they say."""
    others = Counter(one[1][:100] for one in tracebacks if one not in ours)
    return ", ".join(f"{count:,} x `{what}`" for what, count in others.most_common()) or "0"


def _counts(tally: Tally) -> str:
    """Return what was sent and what came back, the most first."""
    return "\n".join(
        f"{title}: " + ", ".join(f"{what} {count:,}" for what, count in counts.most_common()) + "."
        for title, counts in (("Sent", tally.sent), ("Came back", tally.answers))
    )


def _keep(directory: Path | None, name: str, outcome: Outcome) -> None:
    if directory is not None:
        directory.mkdir(parents=True, exist_ok=True)
        faults = [*outcome.tally.faults, *outcome.troubles]
        (directory / f"{name}.faults").write_text("\n\n".join(faults))
        (directory / f"{name}.log").write_text(outcome.log)


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
