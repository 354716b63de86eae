"""Meters: how much processor time, log and traffic a happening takes, process by process.

Processor time is what the kernel has counted for a process, so other work on the machine disturbs
it little, while seconds of the clock would be anybody's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis
from django.db import connection

from benchmarks.costs.cost import Cost

TICK = 1 / os.sysconf("SC_CLK_TCK")


class Meters:
    """Reads the meters of a server process, PostgreSQL and Redis.

    Args:
        server: the process identifier of the server.
        postgresql: that of PostgreSQL's first process.
        redis_url: where Redis is.
        statements: returns how many statements the server has sent.
    """

    def __init__(
        self, server: int, postgresql: int, redis_url: str, statements: Callable[[], int]
    ) -> None:
        self._server = server
        self._postgresql = postgresql
        self._statements = statements
        at = urlsplit(redis_url)
        self.redis = redis.Redis(str(at.hostname), int(at.port or 6379))
        """A connection to Redis, for what only it knows."""
        self.idle = Cost()
        """What a second costs in which nothing happens."""
        self._sent = 0
        connection.execute_wrappers[:] = [self._count]

    def read(self) -> Cost:
        """Return what everything has taken so far."""
        about = self.redis.info("everything")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
            (wal,) = cursor.fetchone()
        return Cost(
            server=1e6 * processor_time(self._server),
            caller=1e6 * time.process_time(),
            postgresql=1e6 * tree_time(self._postgresql),
            redis=1e6 * (about["used_cpu_user"] + about["used_cpu_sys"]),
            statements=self._statements() + self._sent,
            wal=float(wal),
            messages=about["total_commands_processed"],
            redis_in=about["total_net_input_bytes"],
            redis_out=about["total_net_output_bytes"],
        )

    @contextmanager
    def measuring(self) -> Iterator[Cost]:
        """Measure the block; the cost that it yields is complete when the block ends."""
        cost = Cost()
        before, began = self.read(), time.monotonic()
        yield cost
        seconds = time.monotonic() - began
        total = self.read().plus(before, -1.0).plus(self.idle, -seconds)
        for field in fields(Cost):
            setattr(cost, field.name, getattr(total, field.name))

    def _count(self, execute: Callable[..., Any], *args: Any) -> Any:
        self._sent += 1
        return execute(*args)

    def settle(self, seconds: float) -> None:
        """Learn what a second costs in which nothing happens."""
        self.idle = Cost()
        with self.measuring() as total:
            time.sleep(seconds)
        self.idle = total.each(seconds)


def processor_time(pid: int) -> float:
    """Return the seconds for which a process has computed."""
    return sum(_times(pid)[:2])


def tree_time(pid: int) -> float:
    """Return the seconds for which a process and its children have computed, ended ones too."""
    return sum(_times(pid)) + sum(processor_time(child) for child in _children(pid))


def _times(pid: int) -> list[float]:
    """Return the seconds of a process, as user and for the kernel, and those of ended children."""
    try:
        found = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:  # it has just ended
        return [0.0]
    return [TICK * int(field) for field in found[11:15]]


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
