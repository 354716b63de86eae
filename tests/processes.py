"""Servers as processes of the tests' own: started in a throw-away directory, killed, paused."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import ClassVar, Self

START_TIMEOUT = 60.0
STOP_TIMEOUT = 20.0


class ServiceError(Exception):
    """A server of the tests' own did not come up."""


def free_port() -> int:
    """Return a port of the loopback interface that nobody uses.

    It is below those that the kernel gives to outgoing connections: they could take it before a
    server does that is only starting.
    """
    while True:
        port = secrets.choice(range(10_000, 32_000))
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
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
