"""The servers under test: uvicorn and Daphne, as they are and with the raw writers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar, NamedTuple

from tests.processes import Service

ROOT = Path(__file__).parent.parent.parent
APPLICATION = "tests.conformance.echo:application"
LARGEST_MESSAGE = 16 << 20


class Certificate(NamedTuple):
    """Where a certificate and its key are."""

    path: Path
    key_path: Path


class Server(Service):
    """A server process that runs the echoing application.

    Args:
        certificate: with which it speaks TLS.
        pings: whether it pings its clients as often as it can, and not within a test's time.
    """

    raw: ClassVar[bool] = False
    """Whether it offers a raw writer."""

    def __init__(self, certificate: Certificate | None = None, *, pings: bool = False) -> None:
        super().__init__()
        self.certificate = certificate
        self.pings = pings

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        return ["env", f"PYTHONPATH={ROOT}", sys.executable, "-m", *self.arguments(), APPLICATION]

    def arguments(self) -> list[str]:
        """Return the module that is run and its arguments."""
        raise NotImplementedError


class Uvicorn(Server):
    name = "uvicorn"

    def arguments(self) -> list[str]:
        arguments = ["uvicorn", "--host", "127.0.0.1", "--port", str(self.port)]
        arguments += ["--log-level", "warning", "--ws-max-size", str(LARGEST_MESSAGE)]
        arguments += ["--ws-ping-interval", "0.1" if self.pings else "60"]
        if self.certificate:
            arguments += ["--ssl-certfile", str(self.certificate.path)]
            arguments += ["--ssl-keyfile", str(self.certificate.key_path)]
        return arguments


class RawUvicorn(Uvicorn):
    name = "uvicorn-raw"
    raw = True

    def arguments(self) -> list[str]:
        protocol = "realtime_notify.servers.uvicorn:WebSocketProtocol"
        return [*super().arguments(), "--ws", protocol]


class Daphne(Server):
    name = "daphne"
    module: ClassVar[str] = "daphne"

    def arguments(self) -> list[str]:
        endpoint = f"tcp:port={self.port}:interface=127.0.0.1"
        if self.certificate:
            endpoint = (
                f"ssl:port={self.port}:interface=127.0.0.1"
                f":certKey={self.certificate.path}:privateKey={self.certificate.key_path}"
            )
        return [
            *(self.module, "--verbosity", "0", "--endpoint", endpoint),
            # It looks every two seconds for whom to ping.
            *("--ping-interval", "0" if self.pings else "60"),
            *("--websocket-max-message-size", str(LARGEST_MESSAGE)),
            *("--websocket-max-frame-size", str(LARGEST_MESSAGE)),
        ]


class RawDaphne(Daphne):
    name = "daphne-raw"
    module = "realtime_notify.servers.daphne"
    raw = True


SERVERS: dict[str, type[Server]] = {
    server.name: server for server in (Uvicorn, RawUvicorn, Daphne, RawDaphne)
}
RAW = [name for name, server in SERVERS.items() if server.raw]
