"""The town: every process of a site, and the network between them.

clients -> wire -> each server
servers, worker, writer -> a wire each -> PostgreSQL
                        -> a wire each -> Redis
worker                  -> a wire      -> mail server
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import urllib.request
from itertools import cycle
from pathlib import Path
from typing import Any, Self

import psycopg

from chaos.browsers import Browsers
from chaos.clocks import Clock
from chaos.crowd import Crowd
from chaos.jobs import Job
from chaos.releases import Release
from tests.processes import free_port, program
from tests.proxy import Proxy
from tests.services import PostgreSQL, Redis
from tests.site import KINDS, START_TIMEOUT, Server

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
    """All processes, started in the order in which they need each other.

    Args:
        directory: for all that they write.
        seed: what chance is for the clients and the writer.
        servers: the kinds of the servers.
        settings: the module of the site's settings.
        before: the commit whose code is deployed too.
        browsers: pages in a real browser, of people who do something at their screens.

    Attributes:
        wires: the ways between two parts, by name.
        clocks: those of the servers, the worker and the writer, by name.
        releases: the code of this commit, and that of the one before.
        gives_twice: whether a revision may have been seen twice, because the database went back.
    """

    def __init__(
        self,
        directory: Path,
        seed: int,
        servers: tuple[str, ...] = SERVERS,
        settings: str = "chaos.settings",
        before: str = "HEAD~1",
        browsers: int = 0,
    ) -> None:
        self.directory = directory
        self.seed = seed
        self.kinds = servers
        self.settings = settings
        self.ledger = directory / "ledger.jsonl"
        self.mails = directory / "mails.jsonl"
        self.traps = directory / "traps"
        self.gives_twice = False
        self.releases = [Release(), Release.of(before, directory / "before")]
        self.servers: list[Server] = []
        self.wires: dict[str, Proxy] = {}
        self.clocks: dict[str, Clock] = {}
        self.crowd = Crowd()
        self._browsers = browsers
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
        processes: dict[str, Any] = {"Redis": self.redis.process}
        processes |= {"PostgreSQL": self.database.process, "mail server": self.mail_server.process}
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
            self.environments["writer"], log, "-m", "chaos.writer", str(self.ledger), name
        )
        self.writer.start()
        self.writer.wait_for("resting", START_TIMEOUT)

    def hire_worker(self) -> None:
        """Start a worker."""
        log = self.directory / "worker.log"
        command = ("-m", "django", "notify_worker")
        self.worker = Job(self.environments["worker"], log, *command, root=self.release.root)
        self.worker.start()

    @property
    def release(self) -> Release:
        """The code that is started now."""
        return self.releases[0]

    def manage(self, *arguments: str) -> None:
        """Run a management command, whose way to the database is direct, and has no time-outs."""
        subprocess.run(
            [sys.executable, "-m", "django", *arguments],
            cwd=self.release.root,
            env=self.environments["writer"]
            | {"DATABASE_URL": self.database.url, "DATABASE_OPTIONS": ""},
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def keep_database(self) -> None:
        """Write all tables to a file beside the logs, and who holds or waits for locks."""
        activity = self.query(
            "SELECT pid, state, wait_event, pg_blocking_pids(pid), xact_start, query"
            " FROM pg_stat_activity WHERE datname = current_database()"
        )
        (self.directory / "activity.txt").write_text("\n".join(map(str, activity)))
        dump = [program("pg_dump"), "--file", str(self.directory / "database.sql")]
        subprocess.run([*dump, self.database.url], check=True)

    def note(self, moment: str) -> None:
        """Write a moment of the database's history into the ledger."""
        with self.ledger.open("a") as ledger:
            ledger.write(json.dumps({"moment": moment}) + "\n")

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
        self._start_mail_server()
        self.traps.mkdir()
        self.environments = {part: self._environment(part) for part in PARTS}
        self.manage("migrate", "--verbosity", "0")
        for number, kind in enumerate(self.kinds):
            log = self.directory / f"{number}-{kind}.log"
            environment = self.environments["servers"] | self._clock(f"server {number}")
            server = KINDS[kind](environment, log)
            self._open.callback(server.kill)
            server.start()
            self.servers.append(server)
            self._wire(f"clients to server {number}", server.port)
        cookies = {person: self.sign_in(person) for person in self.people}
        self.query("UPDATE auth_user SET email = username || '@example.com'")
        self._open.callback(lambda: self.writer.kill())
        self._open.callback(lambda: self.worker.kill())
        self.hire_writer()
        self.hire_worker()
        self._open.callback(self.crowd.close)
        doors = [self.wires[f"clients to server {number}"] for number in range(len(self.servers))]
        self.crowd.open(cookies, [door.port for door in doors], self.seed)
        busy = self.people[::2][: self._browsers]
        addresses = [f"http://127.0.0.1:{door.port}" for door, _ in zip(cycle(doors), busy)]
        self.browsers = self._open.enter_context(Browsers(busy, addresses))

    def _start_mail_server(self) -> None:
        port = free_port()
        command = ("-m", "chaos.mail_server", str(port), str(self.mails))
        self.mail_server = Job(dict(os.environ), self.directory / "mail-server.log", *command)
        self._open.callback(self.mail_server.kill)
        self.mail_server.start()
        self.mail_server.wait_for("ready", START_TIMEOUT)
        self._wire("worker to mail server", port)

    def _environment(self, part: str) -> dict[str, str]:
        """Return the environment of a part, whose ways to the services are its own."""
        return {
            **os.environ,
            **({} if part == "servers" else self._clock(part)),
            "DJANGO_SETTINGS_MODULE": self.settings,
            "DATABASE_URL": self._through(f"{part} to database", self.database),
            "REDIS_URL": self._through(f"{part} to redis", self.redis),
            "MAIL_PORT": str(self.wires["worker to mail server"].port),
            "TRAPS": str(self.traps),
            "PYTHONWARNINGS": "default",
        }

    def _clock(self, process: str) -> dict[str, str]:
        self.clocks[process] = clock = Clock(self.directory / f"{process}.clock")
        return {"CLOCK": str(clock.path)}

    def _through(self, name: str, service: PostgreSQL | Redis) -> str:
        wire = self._wire(name, service.port, KEEPALIVE)
        return service.url.replace(f":{service.port}/", f":{wire.port}/")

    def _wire(self, name: str, port: int, keepalive: float | None = None) -> Proxy:
        self.wires[name] = wire = self._open.enter_context(Proxy(port, keepalive))
        return wire

    def sign_in(self, person: str) -> str:
        address = f"{self.servers[0].url}/sign-in/{person}/"
        with urllib.request.urlopen(address, timeout=10) as response:
            cookies: list[str] = response.headers.get_all("Set-Cookie")
        return next(cookie.partition(";")[0] for cookie in cookies if "sessionid=" in cookie)
