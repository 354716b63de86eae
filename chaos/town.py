"""The town: every process of a site, and the network between them.

clients -> wire -> each server
servers, worker, writer -> a wire each -> PostgreSQL
                        -> a wire each -> Redis
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any, Self

import psycopg

from chaos.crowd import Crowd
from chaos.jobs import Job
from tests.proxy import Proxy
from tests.services import PostgreSQL, Redis
from tests.site import KINDS, ROOT, START_TIMEOUT, Server

PARTS = ("servers", "worker", "writer")
SERVERS = ("daphne", "uvicorn-raw", "daphne-raw")
PEOPLE = 12
PATIENCE = 8.0
"""Seconds that a writer has for the notification in hand. One whose database has swallowed an
answer waits for ever, as a view would: it is killed."""
KEEPALIVE = 8.0
"""Seconds after which a connection to a service that was forgotten is seen to be lost. A site has
keepalives for that, as docs/operations.md asks for, which a proxy would answer."""


class Town:
    """All processes, started in the order in which they need each other."""

    def __init__(self, directory: Path, seed: int, servers: tuple[str, ...] = SERVERS) -> None:
        self.directory = directory
        self.seed = seed
        self.kinds = servers
        self.ledger = directory / "ledger.jsonl"
        self.servers: list[Server] = []
        self.wires: dict[str, Proxy] = {}
        self.crowd = Crowd()
        self._open = contextlib.ExitStack()
        self._writers = 0

    def __enter__(self) -> Self:
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes."""
        self._open.close()

    @property
    def people(self) -> list[str]:
        """Their names, in the order of their keys."""
        return [f"person-{number:02}" for number in range(PEOPLE)]

    @property
    def quiet(self) -> list[str]:
        """Those who do nothing at their screens."""
        return self.people[1::2]

    def missing(self) -> list[str]:
        """Return which processes have ended by themselves."""
        services = {"Redis": self.redis, "PostgreSQL": self.database}
        processes = {name: service.process for name, service in services.items()}
        processes |= {f"server {i}": server.process for i, server in enumerate(self.servers)}
        return [
            f"{name} has ended by itself."
            for name, process in processes.items()
            if process is None or process.poll() is not None
        ]

    def query(self, statement: str, *values: Any) -> list[Any]:
        """Ask the database directly, past the proxy."""
        with psycopg.connect(self.database.url, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def hire_writer(self) -> None:
        """Start a writer that rests."""
        self._writers += 1
        name = f"writer {self.seed}.{self._writers}"
        log = self.directory / "writer.log"
        self.writer = Job(
            self._environments["writer"], log, "-m", "chaos.writer", str(self.ledger), name
        )
        self.writer.start()
        self.writer.wait_for("resting", START_TIMEOUT)

    def hire_worker(self) -> None:
        """Start a worker."""
        log = self.directory / "worker.log"
        self.worker = Job(self._environments["worker"], log, "manage.py", "notify_worker")
        self.worker.start()

    def go(self) -> None:
        """Let the writer write and the people work at their screens."""
        if not self.writer.lives():
            self.writer.kill()
            self.hire_writer()
        self.writer.say("go")
        self.crowd.busy = True

    def rest(self) -> None:
        """Let both rest, and start anew whoever is dead."""
        self.crowd.busy = False
        self.writer.say("rest")
        if not (self.writer.lives() and self.writer.wait_for("resting", PATIENCE)):
            self.writer.kill()
            self.hire_writer()
        if not self.worker.lives():
            self.worker.kill()
            self.hire_worker()

    def _build(self) -> None:
        self.redis = self._open.enter_context(Redis())
        self.database = self._open.enter_context(PostgreSQL())
        self.database.create_database("realtime_notify")
        self._environments = {part: self._environment(part) for part in PARTS}
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env=self._environments["writer"],
            check=True,
        )
        for number, kind in enumerate(self.kinds):
            log = self.directory / f"{number}-{kind}.log"
            server = KINDS[kind](self._environments["servers"], log)
            self._open.callback(server.kill)
            server.start()
            self.servers.append(server)
            self._wire(f"clients to server {number}", server.port)
        cookies = {person: self._sign_in(person) for person in self.people}
        self._open.callback(lambda: self.writer.kill())
        self._open.callback(lambda: self.worker.kill())
        self.hire_writer()
        self.hire_worker()
        self._open.callback(self.crowd.close)
        doors = [self.wires[f"clients to server {number}"] for number in range(len(self.servers))]
        self.crowd.open(cookies, [door.port for door in doors], self.seed)

    def _environment(self, part: str) -> dict[str, str]:
        """Return the environment of a part, whose ways to the services are its own."""
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "chaos.settings",
            "DATABASE_URL": self._through(f"{part} to database", self.database),
            "REDIS_URL": self._through(f"{part} to redis", self.redis),
            "PYTHONWARNINGS": "default",
        }

    def _through(self, name: str, service: PostgreSQL | Redis) -> str:
        wire = self._wire(name, service.port, KEEPALIVE)
        return service.url.replace(f":{service.port}/", f":{wire.port}/")

    def _wire(self, name: str, port: int, keepalive: float | None = None) -> Proxy:
        self.wires[name] = wire = self._open.enter_context(Proxy(port, keepalive))
        return wire

    def _sign_in(self, person: str) -> str:
        address = f"{self.servers[0].url}/sign-in/{person}/"
        with urllib.request.urlopen(address, timeout=10) as response:
            cookies: list[str] = response.headers.get_all("Set-Cookie")
        return next(cookie.partition(";")[0] for cookie in cookies if "sessionid=" in cookie)
