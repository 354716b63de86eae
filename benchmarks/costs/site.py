"""A site to be measured: PostgreSQL, Redis, one server process, and browsers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from benchmarks.costs.meters import Meters
from benchmarks.crowd import Returning
from benchmarks.returning import Crowd
from tests.processes import free_port, listens
from tests.services import PostgreSQL, Redis

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 120.0  # seconds
QUIET: dict[str, object] = {
    "HEAL_INTERVAL": 3600.0,
    "PING_INTERVAL": 0.0,
    "SESSION_CHECK_INTERVAL": 0.0,
}
"""Settings with which a server does next to nothing by the clock."""


@dataclass
class Site:
    """One server process, and what it stands on."""

    port: int
    pid: int
    meters: Meters
    redis: Redis
    people: Returning
    """Those who may come."""

    @contextmanager
    def browsers(
        self, first: int, last: int, *, new: bool = False, rate: float | None = None
    ) -> Iterator[Crowd]:
        """Connect some of the people, and disconnect them in the end.

        Args:
            first: the number of the first of them.
            last: the number behind the last of them.
            new: whether they come for the first time; otherwise they have missed one notification.
            rate: how many of them come in a second; None for all at once.
        """
        since = None if new else self.people.since
        crowd = Crowd(self.port, self.people.cookies[first:last], since, rate)
        wait_until(lambda: crowd.greeted == last - first, "all browsers are greeted")
        yield crowd
        crowd.finish()

    def resident(self) -> float:
        """Return the kilobytes that the server process holds."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return float(line.split()[1])
        raise RuntimeError(f"The server process {self.pid} is not running.")


@contextmanager
def serving(
    postgresql: PostgreSQL, redis: Redis, people: Returning, settings: dict[str, object]
) -> Iterator[Site]:
    """Run a server process with these entries of `REALTIME_NOTIFY`."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "uvicorn", "--log-level", "error", "--port", str(port)),
        *("--backlog", "64", "--ws", "realtime_notify.servers.uvicorn:WebSocketProtocol"),
        *("--ws-ping-interval", "600", "benchmarks.crowd_server:application"),
    ]
    environment = os.environ | {
        "COSTS_SETTINGS": json.dumps(settings),
        "DJANGO_SETTINGS_MODULE": "benchmarks.costs.settings",
    }
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        wait_until(lambda: listens(port) or process.poll() is not None, "the server listens")
        meters = Meters(process.pid, postgresql.pid, redis.url, lambda: _statements(port))
        yield Site(port, process.pid, meters, redis, people)
    finally:
        process.kill()
        process.wait()


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds.

    Raises:
        RuntimeError: it did not within two minutes.
    """
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError(f"Waited {PATIENCE:.0f} s in vain until {what}.")
        time.sleep(0.02)


def _statements(port: int) -> int:
    with urlopen(f"http://127.0.0.1:{port}/report/", timeout=60) as answer:
        report: dict[str, Any] = json.load(answer)
    return int(report["statements"])
