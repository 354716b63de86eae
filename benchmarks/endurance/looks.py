"""What a process holds, as the kernel, PostgreSQL and the process itself tell it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

LOOK_EVERY = 10.0
"""Seconds."""


@dataclass
class Told:
    """What a process told of itself."""

    connections: int
    users: int
    groups: int
    tasks: int
    python_threads: int
    blocks: int


@dataclass
class Look:
    """What a process held at a moment.

    Attributes:
        second: since everybody had come.
        resident: megabytes.
        cpu: seconds of processor time, from the start of the process.
        database: its connections to PostgreSQL.
        told: None if it was too busy to tell.
    """

    second: float
    resident: float
    cpu: float
    descriptors: int
    threads: int
    database: int
    told: Told | None


def look_at(pid: int, port: int, second: float) -> Look:
    """Return what a server process holds now."""
    from django.db import connection

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
        told=_ask(port),
    )


def _ask(port: int) -> Told | None:
    try:
        with urlopen(f"http://127.0.0.1:{port}/report/", timeout=10) as answer:
            return Told(**json.load(answer))
    except OSError:
        return None
