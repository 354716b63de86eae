"""Real servers of the tests' own: Redis, PostgreSQL, MariaDB.

Each has a free port and a throw-away directory. As a command, run another one beside them,
which finds them in DATABASE_URL and REDIS_URL:

    python -m tests.services postgresql redis -- pytest tests/inbox/test_inbox.py
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import ClassVar, Self

START_TIMEOUT = 60.0
STOP_TIMEOUT = 20.0


class ServiceError(Exception):
    """A server of the tests' own did not come up."""


def free_port() -> int:
    """Return a port of the loopback interface nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Say whether somebody accepts connections on the port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def program(name: str) -> str:
    """Return the path of a server's program, wherever Debian keeps it."""
    places = [*os.get_exec_path(), "/usr/sbin", "/usr/local/sbin"]
    places += sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    if path := shutil.which(name, path=os.pathsep.join(places)):
        return path
    raise ServiceError(f"{name} is not installed. tests/system_packages.sh installs it.")


class Service:
    """A server process in a directory of its own, which may be killed and started again.

    It dies with the process that started it, however that ends: the kernel sees to it.
    """

    name: ClassVar[str]
    account: ClassVar[str] = ""
    """The user it runs as when the tests run as root, which some servers refuse to be."""
    stop_signal: ClassVar[int] = signal.SIGTERM

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix=f"realtime-notify-{self.name}-"))
        self.log = self.directory / "log"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        if self.other_account:
            shutil.chown(self.directory, self.account, pwd.getpwnam(self.account).pw_gid)

    @property
    def url(self) -> str:
        raise NotImplementedError

    @property
    def other_account(self) -> bool:
        if os.geteuid() != 0 or not self.account:
            return False
        return self.account in {entry.pw_name for entry in pwd.getpwall()}

    def command(self) -> list[str]:
        """Return the command that serves in the foreground."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Make what the server needs before its first start."""

    def __enter__(self) -> Self:
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the server and return as soon as it accepts connections."""
        with self.log.open("ab") as log:
            # A session of its own, so that Ctrl-C reaches the tests alone and they stop it.
            self.process = subprocess.Popen(
                self._as_account(self.command()),
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_TIMEOUT
        while not listens(self.port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise ServiceError(f"{self.name} did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask the server to end, and insist if it doesn't."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End the server as a crash would."""
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Freeze the server: its connections stay open and nothing answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Undo pause()."""
        os.kill(self.pid, signal.SIGCONT)

    def close(self) -> None:
        """Stop the server and remove all it wrote."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def pid(self) -> int:
        if self.process is None:
            raise ServiceError(f"{self.name} is not running.")
        return self.process.pid

    def _end(self, how: int) -> None:
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(how)
        process.send_signal(signal.SIGCONT)
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def run(self, *command: str) -> None:
        """Run a preparing command as the account the server will have."""
        result = subprocess.run(
            self._as_account(list(command)), cwd=self.directory, capture_output=True, text=True
        )
        if result.returncode:
            raise ServiceError(f"{command[0]} failed:\n{result.stdout}{result.stderr}")

    def _as_account(self, command: list[str]) -> list[str]:
        wrapped = ["setpriv", "--pdeathsig", "KILL"]
        if self.other_account:
            wrapped += ["--reuid", self.account, "--regid", self.account, "--init-groups"]
        return [*wrapped, *command]


class Redis(Service):
    """A Redis that keeps nothing on disk."""

    name = "redis"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        return [
            *(program("redis-server"), "--bind", "127.0.0.1", "--port", str(self.port)),
            *("--save", "", "--appendonly", "no"),
        ]


class PostgreSQL(Service):
    """A PostgreSQL that never waits for the disk: its data need not outlive the tests."""

    name = "postgresql"
    account = "postgres"
    stop_signal = signal.SIGINT  # "fast": SIGTERM would wait for the clients

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/realtime_notify"

    def prepare(self) -> None:
        self.run(
            *(program("initdb"), "--pgdata", str(self.directory / "data"), "--no-sync"),
            *("--username", "postgres", "--auth", "trust", "--encoding", "UTF8"),
            *("--locale", "C.UTF-8"),
        )

    def start(self) -> None:
        super().start()
        # It accepts connections before it is ready to answer them.
        ready = [program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        deadline = time.monotonic() + START_TIMEOUT
        while subprocess.run(ready).returncode:
            if time.monotonic() > deadline:
                raise ServiceError(f"postgresql did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.05)

    def create_database(self, name: str) -> None:
        self.run(
            *(program("createdb"), "-h", "127.0.0.1", "-p", str(self.port)),
            *("-U", "postgres", name),
        )

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [program("postgres"), "-D", str(self.directory / "data"), *options]


class MariaDB(Service):
    """A MariaDB that never waits for the disk."""

    name = "mariadb"
    account = "mysql"

    @property
    def url(self) -> str:
        return f"mysql://root@127.0.0.1:{self.port}/realtime_notify"

    @property
    def user_option(self) -> list[str]:
        # It refuses to run as root unless told to, and looks for an account "mysql" of its own.
        return ["--user", pwd.getpwuid(os.geteuid()).pw_name] if not self.other_account else []

    def prepare(self) -> None:
        self.run(
            *(program("mariadb-install-db"), "--no-defaults", "--skip-test-db"),
            f"--datadir={self.directory / 'data'}",
            "--auth-root-authentication-method=normal",
            *self.user_option,
        )

    def command(self) -> list[str]:
        return [
            *(program("mariadbd"), "--no-defaults", f"--datadir={self.directory / 'data'}"),
            *("--bind-address=127.0.0.1", f"--port={self.port}"),
            *(f"--socket={self.directory / 'socket'}", f"--pid-file={self.directory / 'pid'}"),
            *("--character-set-server=utf8mb4", "--skip-log-bin"),
            "--innodb-flush-log-at-trx-commit=0",
            *self.user_option,
        ]


SERVICES: dict[str, type[Service]] = {kind.name: kind for kind in (Redis, PostgreSQL, MariaDB)}


@contextlib.contextmanager
def running(*names: str) -> Iterator[dict[str, str]]:
    """Run the named services and give the environment that leads to them."""
    environment: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        for name in names:
            service = stack.enter_context(SERVICES[name]())
            environment["REDIS_URL" if name == "redis" else "DATABASE_URL"] = service.url
        yield environment


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    """Run the command after "--" beside the services named before it."""
    if "--" not in arguments or set(arguments[: arguments.index("--")]) - set(SERVICES):
        print(f"usage: python -m tests.services [{' '.join(SERVICES)}] -- command ...")
        return 2
    split = arguments.index("--")
    signal.signal(signal.SIGTERM, _interrupt)
    with running(*arguments[:split]) as environment:
        child = subprocess.Popen(arguments[split + 1 :], env={**os.environ, **environment})
        try:
            return child.wait()
        except KeyboardInterrupt:
            # From a terminal the child has it too; from elsewhere it must be told.
            child.send_signal(signal.SIGINT)
            child.wait()
            return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
