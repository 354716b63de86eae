"""The town: every process of a site, and the network between them.

clients -> proxy -> servers -> proxy -> PostgreSQL
                    servers -> proxy -> Redis
writer, worker -----------------^
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any, Self

import psycopg

from chaos.clients import Crowd
from tests.proxy import Proxy
from tests.services import PostgreSQL, Redis
from tests.site import KINDS, ROOT, START_TIMEOUT, Server

SERVERS = ("daphne", "uvicorn-raw", "daphne-raw")
PEOPLE = 12
PATIENCE = 8.0
"""Seconds that a writer has for the notification in hand. One whose database has swallowed an
answer waits for ever, as a view would: it is killed."""


class Job:
    """A process of the site that is no server: killed, and started again."""

    def __init__(self, environment: dict[str, str], log: Path, *command: str) -> None:
        self.environment = environment
        self.log = log
        self.command = command
        self.process: subprocess.Popen[str] | None = None
        self.said: queue.Queue[str] = queue.Queue()

    def start(self) -> None:
        """Start the process."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", sys.executable, *self.command],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.said = queue.Queue()
        heard = (self.process, self.said)
        self._listener = threading.Thread(target=self._listen, args=heard, daemon=True)
        self._listener.start()

    def say(self, word: str) -> None:
        """Give the process an order, if it lives."""
        with contextlib.suppress(OSError, ValueError):  # it is dead, and its pipe closed
            stdin = self._running().stdin
            assert stdin is not None
            stdin.write(word + "\n")
            stdin.flush()

    def wait_for(self, word: str, patience: float) -> bool:
        """Wait until the process says a word; say whether it does before it ends."""
        with contextlib.suppress(queue.Empty):
            while said := self.said.get(timeout=patience):
                if said == word:
                    return True
        return False

    def lives(self) -> bool:
        """Say whether the process has not ended."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """End the process as a crash does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self._listener.join()
            with contextlib.suppress(OSError):  # an order may wait in it
                self.process.stdin.close()  # type: ignore[union-attr]

    def _running(self) -> subprocess.Popen[str]:
        if self.process is None:
            raise RuntimeError(f"{self.command[-1]} was never started. Call start() first.")
        return self.process

    def _listen(self, process: subprocess.Popen[str], said: queue.Queue[str]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                said.put(line.strip())
        said.put("")


class Town:
    """All processes, started in the order in which they need each other."""

    def __init__(self, directory: Path, seed: int, servers: tuple[str, ...] = SERVERS) -> None:
        self.directory = directory
        self.seed = seed
        self.kinds = servers
        self.ledger = directory / "ledger.jsonl"
        self.servers: list[Server] = []
        self.doors: list[Proxy] = []
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
        self.writer = Job(self.environment, log, "-m", "chaos.writer", str(self.ledger), name)
        self.writer.start()
        self.writer.wait_for("resting", START_TIMEOUT)

    def hire_worker(self) -> None:
        """Start a worker."""
        log = self.directory / "worker.log"
        self.worker = Job(self.environment, log, "manage.py", "notify_worker")
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
        self.redis_wire = self._open.enter_context(Proxy(self.redis.port))
        self.database_wire = self._open.enter_context(Proxy(self.database.port))
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "chaos.settings",
            "DATABASE_URL": self._through(self.database.url, self.database, self.database_wire),
            "REDIS_URL": self._through(self.redis.url, self.redis, self.redis_wire),
            "PYTHONWARNINGS": "default",
        }
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env=self.environment,
            check=True,
        )
        for number, kind in enumerate(self.kinds):
            server = KINDS[kind](self.environment, self.directory / f"{number}-{kind}.log")
            self._open.callback(server.kill)
            server.start()
            self.servers.append(server)
            self.doors.append(self._open.enter_context(Proxy(server.port)))
        cookies = {person: self._sign_in(person) for person in self.people}
        self._open.callback(lambda: self.writer.kill())
        self._open.callback(lambda: self.worker.kill())
        self.hire_writer()
        self.hire_worker()
        self._open.callback(self.crowd.close)
        self.crowd.open(cookies, [door.port for door in self.doors], self.seed)

    def _through(self, url: str, service: PostgreSQL | Redis, wire: Proxy) -> str:
        return url.replace(f":{service.port}/", f":{wire.port}/")

    def _sign_in(self, person: str) -> str:
        address = f"{self.servers[0].url}/sign-in/{person}/"
        with urllib.request.urlopen(address, timeout=10) as response:
            cookies: list[str] = response.headers.get_all("Set-Cookie")
        return next(cookie.partition(";")[0] for cookie in cookies if "sessionid=" in cookie)
