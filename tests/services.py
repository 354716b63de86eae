"""Real servers of the tests' own: Redis, PostgreSQL, MariaDB.

Each has a free port and a throw-away directory. As a command, run another one beside them,
which finds them in DATABASE_URL and REDIS_URL:

    python -m tests.services postgresql redis -- pytest tests/inbox
"""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from types import FrameType

from tests.processes import START_TIMEOUT, Service, ServiceError, program

REDIS_SERVER = os.environ.get("REDIS_SERVER", "redis-server")
"""The program that Redis is: REDIS_SERVER=valkey-server runs the tests on Valkey."""


class Redis(Service):
    """A Redis that keeps nothing on disk."""

    name = "redis"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        return [
            *(program(REDIS_SERVER), "--bind", "127.0.0.1", "--port", str(self.port)),
            *("--save", "", "--appendonly", "no"),
        ]


class Sentinel(Service):
    """A Redis Sentinel that alone decides which of two Redis is the master.

    Args:
        master: the Redis that is the master in the beginning.
    """

    name = "sentinel"
    group = "notify"
    """What it calls the two of them."""

    def __init__(self, master: Redis) -> None:
        super().__init__()
        self._master = master

    def prepare(self) -> None:
        # It writes what it learns into its configuration.
        (self.directory / "sentinel.conf").write_text(
            f"port {self.port}\nbind 127.0.0.1\n"
            f"sentinel monitor {self.group} 127.0.0.1 {self._master.port} 1\n"
            f"sentinel down-after-milliseconds {self.group} 500\n"
            f"sentinel failover-timeout {self.group} 2000\n"
        )

    def command(self) -> list[str]:
        return [program(REDIS_SERVER), str(self.directory / "sentinel.conf"), "--sentinel"]


class PostgreSQL(Service):
    """A PostgreSQL that never waits for the disk: its data need not outlive the tests."""

    name = "postgresql"
    account = "postgres"
    stop_signal = signal.SIGINT  # "fast": SIGTERM would wait for the clients

    @property
    def url(self) -> str:
        return self.url_of("realtime_notify")

    def url_of(self, database: str) -> str:
        """Return where a database of this server is."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

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
            # Statistics taken in the middle of one test would make bad plans for the next.
            "autovacuum": "off",
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [program("postgres"), "-D", str(self.directory / "data"), *options]


class PgBouncer(Service):
    """A pooler in front of a PostgreSQL.

    Args:
        server: where it leads.
        pool_mode: "session" or "transaction".
    """

    name = "pgbouncer"
    account = PostgreSQL.account  # it refuses to be root

    def __init__(self, server: PostgreSQL, pool_mode: str) -> None:
        super().__init__()
        self._server, self._pool_mode = server, pool_mode

    def prepare(self) -> None:
        (self.directory / "pgbouncer.ini").write_text(
            f"[databases]\n* = host=127.0.0.1 port={self._server.port} user=postgres\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\n"
            f"unix_socket_dir =\npool_mode = {self._pool_mode}\nauth_type = any\n"
        )

    def command(self) -> list[str]:
        return [program("pgbouncer"), str(self.directory / "pgbouncer.ini")]


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
