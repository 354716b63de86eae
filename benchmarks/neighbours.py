"""What a neighbour notices: somebody's page, while somebody else misbehaves or something hangs.

    python -m benchmarks.neighbours [--seconds 20] [--server uvicorn daphne] [--save]

PostgreSQL and the server process are real, and so is every socket. Whoever misbehaves does so in a
process of its own. The neighbour asks for a page some fifteen times a second; measured is the time
until the answer. The machine is shared with all of them, so compare with the quiet line.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection

from benchmarks.delivery.ground import database
from benchmarks.delivery.measuring import Figure, at_most, table
from benchmarks.misbehaving import HELLO, PAGE, beside, dial, flood, insist, never_read
from tests.processes import free_port, listens
from tests.proxy import Proxy

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "neighbours_results.md"
PAUSE = 0.06  # seconds between two pages, within FRAME_RATE
PAGE_GOAL = 0.3  # seconds, p99
HEAL_GOAL = 10.0  # seconds
MEMORY_GOAL = 30.0  # MB
HOSTILE = 10  # readers
COMMANDS = {  # with the raw writers, which can stop reading from a socket that is sent away
    "uvicorn": (
        *("uvicorn", "--log-level", "error", "--ws"),
        *("realtime_notify.servers.uvicorn:WebSocketProtocol", "--port"),
    ),
    "daphne": ("realtime_notify.servers.daphne", "--verbosity", "0", "-b", "127.0.0.1", "-p"),
}


def main(arguments: list[str]) -> int:
    """Measure one server after the other; return whether a goal was missed."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.neighbours",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=20, help="of each disturbance")
    parser.add_argument("--memory", type=float, default=60, help="seconds of hostile readers")
    parser.add_argument("--server", choices=list(COMMANDS), nargs="+", default=list(COMMANDS))
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args(arguments)
    sections, missed = [], False
    with database("postgresql"):
        cookies = _people()
        for server in options.server:
            figures = list(_measure(server, cookies, options))
            missed |= not all(figure.is_met for figure in figures)
            sections.append(f"## {server}\n\n{table(figures)}")
    text = "\n\n".join(["# Neighbours", str(__doc__).split("\n\n")[-1].strip(), *sections]) + "\n"
    print(text)
    if options.save:
        RESULTS.write_text(text)
    return 1 if missed else 0


def _measure(server: str, cookies: dict[str, str], options: Any) -> Iterator[Figure]:
    with _serving(server) as (port, process):
        url = f"ws://127.0.0.1:{port}/ws/notifications/"

        def pages(what: str, *disturbers: Callable[[], Any]) -> list[Figure]:
            with ExitStack() as stack:
                for disturber in disturbers:
                    stack.enter_context(disturber())
                return _pages(what, url, cookies["bob"], options.seconds)

        def process_of(work: Callable[..., None], *args: Any) -> Callable[[], Any]:
            return lambda: beside(work, url, cookies["mallory"], *args)

        yield from pages("nobody misbehaves")
        yield from pages("one socket floods with wrong frames", process_of(flood, '{"x":1}'))
        yield from pages("one socket floods with valid frames", process_of(flood, PAGE))
        yield from pages(
            "one inbox is locked, and its owner's four tabs send commands",
            _locked_inbox,
            lambda: beside(insist, url, cookies["alice"]),
        )
        yield from pages("one reader never reads, and asks for pages", process_of(never_read, 1))
        yield _memory(process_of(never_read, HOSTILE), process.pid, options.memory)
    yield _healing(server, cookies["bob"])


def _people() -> dict[str, str]:
    """Fill inboxes; return the cookie of each person."""
    from django.contrib.auth.models import User
    from django.test import Client

    from realtime_notify import notify

    cookies = {}
    for name, rows, size in (("alice", 5, 100), ("bob", 5, 100), ("mallory", 100, 5000)):
        user = User.objects.create_user(name)
        for number in range(rows):
            notify(f"Number {number}", "bench/row", recipients=[user], data={"x": "x" * size})
        client = Client()
        client.force_login(user)
        cookies[name] = f"sessionid={client.cookies['sessionid'].value}"
    return cookies


@contextmanager
def _serving(server: str, **environment: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", *COMMANDS[server], str(port), "asgi:application"],
        cwd=ROOT,
        env={**os.environ, **environment},
        stderr=subprocess.DEVNULL,
    )
    try:
        while not listens(port):
            if process.poll() is not None:
                raise RuntimeError(f"{server} did not start")
            time.sleep(0.05)
        yield port, process
    finally:
        process.kill()
        process.wait()


# --- the neighbour ---


def _pages(what: str, url: str, cookie: str, seconds: float) -> list[Figure]:
    """Ask for pages for a while."""
    time.sleep(1)  # let it begin
    taken = []
    with dial(url, cookie) as peer:
        _ask(peer, HELLO)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.perf_counter()
            _ask(peer, '{"id":3,"page":{"limit":5}}')
            taken.append(time.perf_counter() - began)
            time.sleep(PAUSE)
    p50, p99 = statistics.median(taken), statistics.quantiles(taken, n=100)[98]
    return [
        Figure(f"{what}: page p50", f"{1000 * p50:.1f} ms"),
        at_most(f"{what}: page p99", p99, PAGE_GOAL),
    ]


def _ask(peer: ClientConnection, command: str) -> dict[str, Any]:
    """Send a command and return its answer, which must not be an error."""
    peer.send(command)
    wanted = json.loads(command)["id"]
    while True:
        frame: dict[str, Any] = json.loads(peer.recv(timeout=60))
        if frame.get("id") == wanted:
            if "error" in frame:
                raise RuntimeError(f"The neighbour was refused: {frame}")
            return frame
        if "beat" in frame:
            peer.send(json.dumps({"rev": frame["rev"], "beat": frame["beat"]}))


# --- what hangs ---


@contextmanager
def _locked_inbox() -> Iterator[None]:
    from django.db import transaction

    from realtime_notify.models import Inbox

    with transaction.atomic():
        Inbox.objects.select_for_update().get(user__username="alice")
        yield


def _memory(hostile: Callable[[], Any], pid: int, seconds: float) -> Figure:
    """Return how much memory a server takes while hostile readers are at it."""
    before = most = _resident(pid)
    with hostile():
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.5)
            most = max(most, _resident(pid))
    what = f"memory that {HOSTILE} readers who never read take in {seconds:g} s"
    return at_most(what, most - before, MEMORY_GOAL, " MB")


def _resident(pid: int) -> float:
    lines: Iterable[str] = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


def _healing(server: str, cookie: str) -> Figure:
    """Return how long a lost push stays lost when the answer to a heal query is swallowed."""
    from django.contrib.auth.models import User
    from django.db import connection

    from realtime_notify import notify

    port = int(connection.settings_dict["PORT"])
    with Proxy(port) as proxy:
        url = os.environ["DATABASE_URL"].replace(f":{port}/", f":{proxy.port}/")
        with (
            _serving(server, DATABASE_URL=url) as (own, _),
            dial(f"ws://127.0.0.1:{own}/ws/notifications/", cookie) as peer,
        ):
            rev = _ask(peer, HELLO)["rev"]
            proxy.swallow("LEFT OUTER JOIN .realtime_notify_inbox")
            while not proxy.lost:
                time.sleep(0.01)
            began = time.monotonic()
            notify("Lost", "bench/row", recipients=[User.objects.get(username="bob")])
            while json.loads(peer.recv(timeout=60)).get("rev", 0) <= rev:
                pass
    taken = time.monotonic() - began
    return at_most("a database answer is swallowed: healed after", taken, HEAL_GOAL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
