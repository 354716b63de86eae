"""The server that is measured, and a worker."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.processes import free_port, listens

ROOT = Path(__file__).parent.parent.parent
APPLICATION = "benchmarks.endurance.server:application"
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


@contextmanager
def serving(server: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    command = [part.format(port=port) for part in COMMANDS[server]]
    # libpq reads the name, by which its connections are counted.
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "benchmarks.endurance.settings",
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
def working() -> Iterator[None]:
    process = subprocess.Popen(
        [*DIES_WITH_US, sys.executable, "manage.py", "notify_worker"], cwd=ROOT
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()
