"""What one connection holds: idle, and after traffic; by RSS, and line by line by tracemalloc.

The lines are those that made the objects which a thousand idle connections hold, with what they are
for. RSS is measured in a process of its own, since tracemalloc needs memory itself.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

from benchmarks import fanout
from benchmarks.contenders import CONTENDERS, Contender, serving

RESULTS = Path(__file__).parent / "memory_results.md"
WARM_UP_CLIENTS = 50
SECONDS = 3.0
SHOWN = 30
EXPLAINED = ("uvicorn", "uvicorn-raw", "daphne", "daphne-raw")
PURPOSES = {
    "asyncio/queues.py": "asyncio.Queue of the frames that come in: three deques",
    "asyncio/locks.py": "asyncio.Event: a deque",
    "asyncio/base_events.py": "the task of the application, and its timers",
    "asyncio/events.py": "handles of timers and of the selector",
    "asyncio/selector_events.py": "the transport, its buffer and its place in the selector",
    "asyncio/timeouts.py": "the deadline of the close",
    "asyncio/trsock.py": "both addresses",
    "_weakrefset.py": "the set of all tasks",
    "socket.py": "the socket",
    "uvicorn/protocols/websockets/": "uvicorn's socket: its scope, task and pings",
    "uvicorn/protocols/http/": "uvicorn's socket itself",
    "uvicorn/middleware/": "a suspended call: the proxy's headers",
    "websockets/": "framing and parsing",
    "channels/routing.py": "a suspended call: the router",
    "channels_redis/": "the user's group in the channel layer",
    "redis/": "the user's group in the channel layer",
    "daphne/": "Daphne's socket: its scope, headers and place in the server",
    "autobahn/": "framing and parsing",
    "txaio/": "what awaits the handshake",
    "twisted/web/": "the HTTP connection that the socket was",
    "twisted/internet/": "the transport",
    "realtime_notify/servers/": "the socket with the raw writer",
    "realtime_notify/live/": "the conversation, and suspended calls down to it",
    "realtime_notify/buckets.py": "what the client may still ask for",
    "realtime_notify/wire/connection.py": "the connection",
    "realtime_notify/wire/window.py": "the send window",
    "realtime_notify/wire/": "the hub: user, groups, timers",
    "django/": "the user's row, and what reading it has left",
}


def main(arguments: list[str]) -> int:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(prog="benchmarks.memory", description=__doc__)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--explain", choices=CONTENDERS, nargs="*", default=EXPLAINED)
    parser.add_argument("--only", choices=CONTENDERS, nargs="+", default=list(CONTENDERS))
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args(arguments)
    with fanout.site():
        users, cookies = fanout.sign_in(options.clients)
        lines = [
            f"{options.clients} connections. RSS, KB a connection. Traffic leaves behind what a "
            "process once needed for its largest messages, whatever the number of its connections.",
            "",
            "| | idle | after traffic |",
            "|---|---|---|",
        ]
        for short in options.only:
            idle, after = _resident(CONTENDERS[short], users, cookies)
            lines.append(f"| {CONTENDERS[short].name} | {idle:.1f} | {after:.1f} |")
        for short in options.explain:
            lines += _explained(CONTENDERS[short], cookies)
    print("\n".join(lines))
    if options.save:
        RESULTS.write_text("\n".join(lines) + "\n")
    return 0


def _resident(contender: Contender, users: list[str], cookies: list[str]) -> tuple[float, float]:
    """Return the kilobytes of one connection: idle, and after traffic."""
    publish = contender.publish(users)
    options = argparse.Namespace(clients=len(users), seconds=SECONDS)
    with serving(contender) as server:
        fanout.connected(server, cookies[:WARM_UP_CLIENTS]).finish()
        time.sleep(2.0)
        before = fanout.resident(server.pid)
        clients = fanout.connected(server, cookies)
        time.sleep(2.0)
        idle = fanout.resident(server.pid)
        sent = 0
        for under_way in fanout.UNDER_WAY:
            load = fanout.Load(under_way, sent)
            asyncio.run(fanout.load_for(server.pid, clients, publish, load, options))
            sent = load.sent
        after = fanout.resident(server.pid)
        clients.finish()
    return (idle - before) / len(users), (after - before) / len(users)


def _explained(contender: Contender, cookies: list[str]) -> list[str]:
    """Return a table of what made the objects that an idle connection holds."""

    def command(port: int) -> list[str]:
        python, _, *rest = contender.command(port)
        return [python, "-m", "benchmarks.traced", *rest]

    with tempfile.TemporaryDirectory() as directory:
        os.environ["TRACED"] = directory
        with serving(contender._replace(command=command)) as server:
            fanout.connected(server, cookies[:WARM_UP_CLIENTS]).finish()
            time.sleep(2.0)
            before = _snapshot(server.pid, Path(directory, "1"))
            clients = fanout.connected(server, cookies)
            time.sleep(12.0)  # until the timers of the handshake and of hello are over
            idle = _snapshot(server.pid, Path(directory, "2"))
            clients.finish()
    return _table(contender.name, idle.compare_to(before, "lineno"), len(cookies))


def _snapshot(pid: int, path: Path) -> tracemalloc.Snapshot:
    os.kill(pid, signal.SIGUSR1)
    while not path.exists():
        time.sleep(0.1)
    return tracemalloc.Snapshot.load(str(path))


def _table(name: str, lines: list[tracemalloc.StatisticDiff], count: int) -> list[str]:
    total = sum(line.size_diff for line in lines) / count
    table = ["", f"{name}: {total:,.0f} bytes a connection", ""]
    table += ["| bytes | objects | made in | for |", "|---|---|---|---|"]
    lines.sort(key=lambda line: -line.size_diff)
    for line in lines[:SHOWN]:
        frame = line.traceback[0]
        place = frame.filename.rpartition("site-packages/")[2]
        place = place.rpartition("python3.11/")[2].removeprefix(f"{Path.cwd()}/")
        purpose = next((why for part, why in PURPOSES.items() if part in place), "")
        objects = line.count_diff / count
        table.append(
            f"| {line.size_diff / count:.0f} | {objects:.1f} | {place}:{frame.lineno} | {purpose} |"
        )
    rest = sum(line.size_diff for line in lines[SHOWN:]) / count
    return [*table, f"| {rest:.0f} | | the rest | |"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
