"""A whole site for the journeys: Daphne processes on the test database, and Redis if asked."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from django.db import connection

from tests.processes import ServiceError, free_port

ROOT = Path(__file__).parent.parent
START_TIMEOUT = 30.0
STOP_TIMEOUT = 15.0


class Server:
    """One Daphne process, which may be stopped, killed and started again on its port.

    Attributes:
        root: the directory of the code that it runs.
    """

    ready_path: ClassVar[str] = "/ready/"
    """An address that answers 200."""
    module: ClassVar[str] = "daphne"
    """Has Daphne's command line."""

    def __init__(self, environment: dict[str, str], log: Path, port: int | None = None) -> None:
        self.environment = environment
        self.log = log
        self.port = port or free_port()
        self.root = ROOT
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the site is, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        """Where its socket is."""
        return f"ws://127.0.0.1:{self.port}/ws/notifications/"

    def command(self) -> list[str]:
        """Return the command that serves the site in the foreground."""
        daphne = [sys.executable, "-m", self.module, "-b", "127.0.0.1", "-p", str(self.port)]
        return [*daphne, "--verbosity", "0", "asgi:application"]

    def start(self) -> None:
        """Start the process and return as soon as it answers."""
        with self.log.open("ab") as log:
            # What a shell starts in the background ignores Ctrl-C, and hands that on.
            self.process = subprocess.Popen(
                ["env", "--default-signal=INT", "setpriv", "--pdeathsig", "KILL", *self.command()],
                cwd=self.root,
                env={**self.environment, "SITE_URL": self.url},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_TIMEOUT
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise ServiceError(f"Daphne did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Say whether the site can be reached."""
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"{self.url}{self.ready_path}", timeout=2) as response,
        ):
            return bool(response.status == 200)
        return False

    def stop(self) -> int | None:
        """End the process in order, as a deployment does; return its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the process as a crash does."""
        self._end(signal.SIGKILL)

    def restart(self, **environment: str) -> None:
        """Stop and start on the same port, with these changes of the environment."""
        self.stop()
        self.environment |= environment
        self.start()

    @property
    def pid(self) -> int:
        if self.process is None:
            raise ServiceError("Daphne is not running.")
        return self.process.pid

    def _end(self, how: int) -> int | None:
        process, self.process = self.process, None
        if process is None:
            return None
        process.send_signal(how)
        try:
            return process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


class Uvicorn(Server):
    """The same site on another server."""

    options: ClassVar[list[str]] = []

    def command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(self.port)),
            *("--log-level", "warning", *self.options, "asgi:application"),
        ]


class RawUvicorn(Uvicorn):
    """uvicorn with the raw writer."""

    options: ClassVar = ["--ws", "realtime_notify.servers.uvicorn:WebSocketProtocol"]


class RawDaphne(Server):
    """Daphne with the raw writer."""

    module: ClassVar = "realtime_notify.servers.daphne"


KINDS: dict[str, type[Server]] = {
    "daphne": Server,
    "uvicorn": Uvicorn,
    "daphne-raw": RawDaphne,
    "uvicorn-raw": RawUvicorn,
}


class WsgiServer(Server):
    """Django's own server, which knows nothing of WebSockets."""

    def command(self) -> list[str]:
        """Return the command that serves the site in the foreground."""
        serve = [sys.executable, "manage.py", "runserver", "--noreload", "--skip-checks"]
        return [*serve, f"127.0.0.1:{self.port}"]


class Site:
    """Server processes on the database the test itself uses, so that it sees their rows."""

    def __init__(self, directory: Path, redis_url: str = "") -> None:
        self.directory = directory
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": database_url(),
            "REDIS_URL": redis_url,
            # Warnings are errors in here, not in what the journeys start.
            "PYTHONWARNINGS": "default",
        }
        self.servers: list[Server] = []

    @property
    def url(self) -> str:
        """Where the first server is."""
        return self.servers[0].url

    @property
    def ws_url(self) -> str:
        """Where the first server's socket is."""
        return self.servers[0].ws_url

    def start(
        self, *, port: int | None = None, kind: type[Server] = Server, **environment: str
    ) -> Server:
        """Start one more server process on the same database and layer."""
        log = self.directory / f"daphne-{len(self.servers)}.log"
        server = kind({**self.environment, **environment}, log, port)
        self.servers.append(server)
        server.start()
        return server

    def manage(self, *arguments: str) -> str:
        """Run a management command in a process of its own and return what it printed."""
        result = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if result.returncode:
            raise AssertionError(f"manage.py {' '.join(arguments)} failed:\n{result.stderr}")
        return result.stdout

    def login(self, username: str, server: Server | None = None) -> str:
        """Sign in, making the account if need be, and return the session as a Cookie header."""
        address = f"{(server or self.servers[0]).url}/sign-in/{username}/"
        with urllib.request.urlopen(address, timeout=10) as response:
            cookies: list[str] = [
                header.partition(";")[0] for header in response.headers.get_all("Set-Cookie")
            ]
        return next(cookie for cookie in cookies if cookie.startswith("sessionid="))

    def log(self) -> str:
        """Return what all servers wrote."""
        return "".join(server.log.read_text() for server in self.servers)

    def close(self) -> None:
        """End all processes."""
        for server in self.servers:
            server.kill()


def database_url() -> str:
    """Return the URL of the database the tests use at this moment."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    scheme = connection.vendor
    login = settings["USER"] + (f":{settings['PASSWORD']}" if settings["PASSWORD"] else "")
    return f"{scheme}://{login}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"


@contextlib.contextmanager
def running_site(directory: Path, redis_url: str = "") -> Iterator[Site]:
    """Give a site without servers yet, and end those it started."""
    site = Site(directory, redis_url)
    try:
        yield site
    finally:
        site.close()
