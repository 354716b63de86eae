"""The servers that are compared, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from benchmarks.publishers import CHANNEL, Publish, publish_ours, publish_plainly, publish_stock
from tests.processes import free_port, listens

ROOT = Path(__file__).parent.parent
OURS = "benchmarks.ours:application"
STOCK = "benchmarks.stock:application"


class Contender(NamedTuple):
    """A way to bring events to browsers."""

    name: str
    command: Callable[[int], list[str]]
    """Returns the command that serves on a port."""
    publish: Callable[[list[str]], Publish]
    """Returns what sends an event to these users."""


class Server(NamedTuple):
    """A server process that is measured."""

    pid: int
    port: int


def _daphne(application: str, module: str = "daphne") -> Callable[[int], list[str]]:
    program = [sys.executable, "-m", module, "-v", "0", "-b", "127.0.0.1"]
    return lambda port: [*program, "-p", str(port), application]


def _uvicorn(*options: str) -> Callable[[int], list[str]]:
    program = [sys.executable, "-m", "uvicorn", "--log-level", "error", *options]
    return lambda port: [*program, "--port", str(port), OURS]


def _node(port: int) -> list[str]:
    redis = urlsplit(os.environ["REDIS_URL"])
    script = ROOT / "benchmarks/rivals/broadcast.js"
    return ["node", str(script), str(port), str(redis.hostname), str(redis.port), CHANNEL]


CONTENDERS = {
    "stock": Contender("stock consumer, Daphne", _daphne(STOCK), lambda users: publish_stock),
    "node": Contender("Node, ws", _node, publish_plainly),
    "daphne": Contender("ours, Daphne", _daphne(OURS), publish_ours),
    "daphne-raw": Contender(
        "ours, Daphne, raw writer",
        _daphne(OURS, "realtime_notify.servers.daphne"),
        publish_ours,
    ),
    "uvicorn": Contender("ours, uvicorn", _uvicorn(), publish_ours),
    "uvicorn-raw": Contender(
        "ours, uvicorn, raw writer",
        _uvicorn("--ws", "realtime_notify.servers.uvicorn:WebSocketProtocol"),
        publish_ours,
    ),
}


@contextmanager
def serving(contender: Contender) -> Iterator[Server]:
    """Serve in a process that ends with the block."""
    port = free_port()
    process = subprocess.Popen(contender.command(port), cwd=ROOT)
    try:
        while not listens(port):
            if process.poll() is not None:
                raise RuntimeError(f"{contender.name} did not start")
            time.sleep(0.05)
        yield Server(process.pid, port)
    finally:
        process.kill()
        process.wait()
