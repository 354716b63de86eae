"""The server processes behind nginx, and the ways to restart them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.rolling.nginx import Nginx
from tests.site import KINDS, Server

SERVERS = ("daphne", "uvicorn-raw")


class Site:
    """The server processes, and the proxy before them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._started: list[Server] = []
        self.servers = [self.start(kind) for kind in SERVERS]
        self.proxy = Nginx([server.port for server in self.servers])

    def start(self, kind: str) -> Server:
        """Start a process on a port of its own; return it when it answers."""
        log = self._directory / f"{len(self._started)}-{kind}.log"
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "benchmarks.rolling.settings",
            "PYTHONWARNINGS": "default",
        }
        server = KINDS[kind](environment, log)
        self._started.append(server)
        server.start()
        return server

    def send_to(self, servers: Sequence[Server]) -> None:
        """Have the proxy send new connections to these alone."""
        self.proxy.send_to([server.port for server in servers])

    def close(self) -> None:
        """End all processes."""
        for server in self._started:
            server.kill()


def in_place(site: Site, number: int) -> None:
    """Restart a process on its port."""
    site.servers[number].restart()


def side_by_side(site: Site, number: int) -> None:
    """Replace a process by one on another port, so that nobody comes back to an old one."""
    old, site.servers[number] = site.servers[number], site.start(SERVERS[number])
    site.send_to(site.servers[: number + 1])
    old.stop()


ROLLS: dict[str, Callable[[Site, int], None]] = {
    "in place": in_place,
    "side by side": side_by_side,
}
