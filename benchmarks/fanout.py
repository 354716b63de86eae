"""One event to a thousand browsers: our hub, a stock AsyncJsonWebsocketConsumer, and Node's `ws`.

They run in turn, one process each, with a real Redis and the same thousand clients in a process of
their own. The publisher, a third process, keeps a few messages under way and sends the next when
everybody has got the oldest: four first, which keeps a server busy, then one, which shows what each
costs alone. Every client's frames are checked in the end: each event exactly once. All runs several
times; the table shows medians, and ratios within the same run.

The rows are not written here, so that the wire alone is measured: the heal query is off.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.clients import Clients
from benchmarks.contenders import CONTENDERS, Contender, Server, serving
from benchmarks.publishers import KEY, Publish
from tests.services import Redis

RESULTS = Path(__file__).parent / "results.md"
UNDER_WAY = (4, 1)
WARM_UP = 1.0
WARM_UP_CLIENTS = 50


@dataclass
class Load:
    """What was sent, and what arrived while it was measured."""

    under_way: int
    sent: int
    begun: float = 0.0
    seconds: float = 0.0
    deliveries: float = 0
    frames: float = 0
    cpu: float = 0.0
    client_cpu: float = 0.0


@dataclass
class Result:
    """What one server did in one run."""

    load: Load
    idle_kilobytes: float
    kilobytes: float
    wrong: int

    @property
    def rate(self) -> float:
        """Deliveries a second."""
        return self.load.deliveries / self.load.seconds

    @property
    def cpu(self) -> float:
        """Microseconds of the server's processor for one delivery."""
        return self.load.cpu / self.load.deliveries * 1e6

    @property
    def frames(self) -> float:
        """Frames for one delivery: fewer than one when events share frames."""
        return self.load.frames / self.load.deliveries

    @property
    def client(self) -> float:
        """The share of its time for which the clients' process computed."""
        return self.load.client_cpu / self.load.seconds


Results = dict[tuple[str, int], list[Result]]
"""By contender and events under way: a result of each run."""


def main(arguments: list[str]) -> int:
    """Measure, print a table, and say whether every frame arrived exactly once."""
    parser = argparse.ArgumentParser(prog="benchmarks.fanout", description=__doc__)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--layer", choices=["pubsub", "core"], default="pubsub")
    parser.add_argument("--only", choices=CONTENDERS, nargs="+", default=list(CONTENDERS))
    parser.add_argument("--under-way", type=int, nargs="+", default=UNDER_WAY)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args(arguments)
    results: Results = {}
    with site(options.layer):
        users, cookies = sign_in(options.clients)
        for _ in range(options.runs):
            for short in options.only:
                for result in _run(CONTENDERS[short], users, cookies, options):
                    results.setdefault((short, result.load.under_way), []).append(result)
    table = _table(results, options)
    print(table)
    if options.save:
        RESULTS.write_text(table + "\n")
    return 1 if any(result.wrong for several in results.values() for result in several) else 0


@contextmanager
def site(layer: str = "pubsub") -> Iterator[None]:
    """Set the environment of a site of its own, with a Redis and an empty database."""
    with tempfile.TemporaryDirectory() as directory, Redis() as redis:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "DATABASE_URL": f"sqlite:///{directory}/bench.sqlite3",
            "REDIS_URL": redis.url,
            "BENCH_LAYER": layer,
        }
        yield


def sign_in(count: int) -> tuple[list[str], list[str]]:
    """Make users who are signed in; give their ids and cookies."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import transaction

    from realtime_notify import subscribe

    User.objects.bulk_create(User(username=f"user{n}", password="!") for n in range(count))
    users = list(User.objects.order_by("pk"))
    with transaction.atomic():
        for user in users:
            subscribe(user, KEY)
    cookies = []
    for user in users:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        cookies.append(f"sessionid={session.session_key}; user={user.pk}")
    return [str(user.pk) for user in users], cookies


def _run(
    contender: Contender, users: list[str], cookies: list[str], options: argparse.Namespace
) -> list[Result]:
    publish = contender.publish(users)
    with serving(contender) as server:
        # The first connections load and set up what all of them share.
        connected(server, cookies[:WARM_UP_CLIENTS]).finish()
        time.sleep(2.0)
        before = resident(server.pid)
        clients = connected(server, cookies)
        time.sleep(2.0)  # let groups be joined
        idle = (resident(server.pid) - before) / len(cookies)
        loads: list[Load] = []
        for under_way in options.under_way:
            load = Load(under_way, sent=loads[-1].sent if loads else 0)
            asyncio.run(load_for(server.pid, clients, publish, load, options))
            loads.append(load)
        after = (resident(server.pid) - before) / len(cookies)
        expected = dict.fromkeys(range(1, loads[-1].sent + 1), 1)
        wrong = sum(one != expected for one in clients.finish())
    return [Result(load, idle, after, wrong) for load in loads]


def connected(server: Server, cookies: list[str]) -> Clients:
    """Return clients that have been greeted, one for each cookie."""
    clients = Clients(server.port, cookies)
    deadline = time.monotonic() + 120
    while clients.connected < len(cookies):
        if time.monotonic() > deadline or not clients.process.is_alive():
            raise RuntimeError(f"only {clients.connected} clients connected")
        time.sleep(0.05)
    return clients


async def load_for(
    pid: int, clients: Clients, publish: Publish, load: Load, options: argparse.Namespace
) -> None:
    """Keep events under way, and note what happened meanwhile."""
    from channels.layers import get_channel_layer

    layer = get_channel_layer()
    everybody = options.clients
    start = time.monotonic()

    def counters() -> tuple[float, float, float, float]:
        return clients.delivered, clients.frames, _cpu(pid), _cpu(clients.process.pid)

    while True:
        while load.sent - clients.delivered / everybody < load.under_way:
            load.sent += 1
            await publish(layer, load.sent)
        await asyncio.sleep(0.0002)
        now = time.monotonic()
        if not load.begun and now - start > WARM_UP:
            load.begun, at_first = now, counters()
        elif load.begun and now - load.begun > options.seconds:
            break
    load.seconds = time.monotonic() - load.begun
    load.deliveries, load.frames, load.cpu, load.client_cpu = (
        last - first for last, first in zip(counters(), at_first, strict=True)
    )
    while clients.delivered < load.sent * everybody:  # let the last ones arrive
        if time.monotonic() > now + 10:
            break
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)  # and what should not


def resident(pid: int) -> float:
    """Return the kilobytes that a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return float(line.split()[1])
    return 0.0


def _cpu(pid: int | None) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _table(results: Results, options: argparse.Namespace) -> str:
    lines = [
        f"{options.clients} browsers, Redis ({options.layer} layer), {os.cpu_count()} cores, "
        f"medians of {options.runs} runs, load average {os.getloadavg()[1]:.1f}. A ratio compares "
        "the deliveries of the same run, and in brackets the processor time of one.",
        "",
        "| events under way | | deliveries/s | CPU µs each | to Node | to stock "
        "| frames a delivery | KB a connection, idle | after traffic | clients busy | exact |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for under_way in options.under_way:
        for short in options.only:
            several = results[short, under_way]

            def middle(value: Callable[[Result], float], several: list[Result] = several) -> float:
                return median(map(value, several))

            lines.append(
                f"| {under_way} | {CONTENDERS[short].name} | {middle(lambda one: one.rate):,.0f} "
                f"| {middle(lambda one: one.cpu):.1f} "
                f"| {_ratios(results.get(('node', under_way)), several)} "
                f"| {_ratios(results.get(('stock', under_way)), several)} "
                f"| {middle(lambda one: one.frames):.2f} "
                f"| {middle(lambda one: one.idle_kilobytes):.1f} "
                f"| {middle(lambda one: one.kilobytes):.1f} "
                f"| {middle(lambda one: one.client):.0%} "
                f"| {'no' if any(one.wrong for one in several) else 'yes'} |"
            )
    return "\n".join(lines)


def _ratios(others: list[Result] | None, several: list[Result]) -> str:
    """Return how many times another's deliveries, and how many at the same cost in processor."""
    if others is None:
        return ""
    pairs = list(zip(several, others, strict=True))
    rate = median(one.rate / other.rate for one, other in pairs)
    cpu = median(other.cpu / one.cpu for one, other in pairs)
    return f"{rate:.2f} ({cpu:.2f} by CPU)"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
