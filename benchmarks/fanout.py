"""One event to a thousand browsers: our hub beside a stock AsyncJsonWebsocketConsumer.

Both run in turn on one Daphne process with a real Redis, and the same thousand clients in a process
of their own. The publisher, a third process, keeps a few messages under way and sends the next when
everybody has got the oldest: four first, which keeps a server busy, then one, which shows what each
costs alone. Every client's frames are checked in the end: each event exactly once.

The rows are not written here, so that the wire alone is measured: the heal query is off.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmarks.clients import Clients
from benchmarks.publishers import KEY, Publish, publish_ours, publish_stock
from tests.processes import free_port, listens
from tests.services import Redis

ROOT = Path(__file__).parent.parent
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


@dataclass
class Result:
    """What one server did."""

    name: str
    load: Load
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


class Server(NamedTuple):
    """A server process that is measured."""

    pid: int
    port: int


def main(arguments: list[str]) -> int:
    """Measure, print a table, and say whether every frame arrived exactly once."""
    parser = argparse.ArgumentParser(prog="benchmarks.fanout", description=__doc__)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--layer", choices=["pubsub", "core"], default="pubsub")
    parser.add_argument("--server", choices=["daphne", "uvicorn"], default="daphne")
    parser.add_argument("--only", choices=["ours", "stock"])
    parser.add_argument("--under-way", type=int, nargs="+", default=UNDER_WAY)
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args(arguments)
    results = []
    with tempfile.TemporaryDirectory() as directory, Redis() as redis:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "DATABASE_URL": f"sqlite:///{directory}/bench.sqlite3",
            "REDIS_URL": redis.url,
            "BENCH_LAYER": options.layer,
        }
        users, cookies = _sign_in(options.clients)
        for name, application, publish in (
            ("stock consumer", "benchmarks.stock:application", publish_stock),
            ("realtime_notify", "benchmarks.ours:application", publish_ours(users)),
        ):
            if options.only is None or (options.only == "ours") == name.startswith("realtime"):
                with _server(options.server, application) as server:
                    results += _measure(name, server, cookies, publish, options)
    table = _table(results, options)
    print(table)
    if options.save:
        RESULTS.write_text(table + "\n")
    return 1 if any(result.wrong for result in results) else 0


def _sign_in(count: int) -> tuple[list[str], list[str]]:
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
        cookies.append(f"sessionid={session.session_key}")
    return [str(user.pk) for user in users], cookies


@contextmanager
def _server(kind: str, application: str) -> Iterator[Server]:
    port = free_port()
    commands = {
        "daphne": ["daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port), application],
        "uvicorn": ["uvicorn", "--log-level", "error", "--port", str(port), application],
    }
    process = subprocess.Popen([sys.executable, "-m", *commands[kind]], cwd=ROOT)
    try:
        while not listens(port):
            if process.poll() is not None:
                raise RuntimeError(f"{kind} did not start")
            time.sleep(0.05)
        yield Server(process.pid, port)
    finally:
        process.kill()
        process.wait()


def _measure(
    name: str,
    server: Server,
    cookies: list[str],
    publish: Publish,
    options: argparse.Namespace,
) -> list[Result]:
    # The first connections load and set up what all of them share.
    _connected(server, cookies[:WARM_UP_CLIENTS]).finish()
    time.sleep(2.0)
    before = _memory(server.pid)
    clients = _connected(server, cookies)
    time.sleep(2.0)  # let groups be joined
    kilobytes = (_memory(server.pid) - before) / len(cookies)
    loads: list[Load] = []
    for under_way in options.under_way:
        load = Load(under_way, sent=loads[-1].sent if loads else 0)
        asyncio.run(_load(server.pid, clients, publish, load, options))
        loads.append(load)
    expected = dict.fromkeys(range(1, loads[-1].sent + 1), 1)
    wrong = sum(one != expected for one in clients.finish())
    return [Result(name, load, kilobytes, wrong) for load in loads]


def _connected(server: Server, cookies: list[str]) -> Clients:
    clients = Clients(server.port, cookies)
    deadline = time.monotonic() + 120
    while clients.connected < len(cookies):
        if time.monotonic() > deadline or not clients.process.is_alive():
            raise RuntimeError(f"only {clients.connected} clients connected")
        time.sleep(0.05)
    return clients


async def _load(
    pid: int, clients: Clients, publish: Publish, load: Load, options: argparse.Namespace
) -> None:
    from channels.layers import get_channel_layer

    layer = get_channel_layer()
    everybody = options.clients
    start = time.monotonic()
    while True:
        while load.sent - clients.delivered / everybody < load.under_way:
            load.sent += 1
            await publish(layer, load.sent)
        await asyncio.sleep(0.0002)
        now = time.monotonic()
        if not load.begun and now - start > WARM_UP:
            load.begun = now
            at_first = (clients.delivered, clients.frames, _cpu(pid))
        elif load.begun and now - load.begun > options.seconds:
            break
    load.seconds = time.monotonic() - load.begun
    at_last = (clients.delivered, clients.frames, _cpu(pid))
    load.deliveries, load.frames, load.cpu = (
        last - first for last, first in zip(at_last, at_first, strict=True)
    )
    while clients.delivered < load.sent * everybody:  # let the last ones arrive
        if time.monotonic() > now + 10:
            break
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)  # and what should not


def _memory(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return float(line.split()[1])
    return 0.0


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _table(results: list[Result], options: argparse.Namespace) -> str:
    lines = [
        f"{options.clients} browsers, {options.server}, Redis ({options.layer} layer), "
        f"{os.cpu_count()} cores",
        "",
        "| events under way | | deliveries/s | CPU µs each | KB a connection "
        "| frames a delivery | exact |",
        "|---|---|---|---|---|---|---|",
    ]
    compared = []
    for under_way in options.under_way:
        pair = [one for one in results if one.load.under_way == under_way]
        lines += [
            f"| {under_way} | {one.name} | {one.rate:,.0f} | {one.cpu:.0f} | {one.kilobytes:.1f} "
            f"| {one.frames:.2f} | {'no' if one.wrong else 'yes'} |"
            for one in pair
        ]
        if len(pair) == 2:
            stock, ours = pair
            compared.append(
                f"{under_way} under way: {ours.rate / stock.rate:.1f} times the deliveries, "
                f"{stock.cpu / ours.cpu:.1f} times less CPU for each, "
                f"{1 - ours.kilobytes / stock.kilobytes:.0%} less memory."
            )
    return "\n".join([*lines, "", *compared])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
