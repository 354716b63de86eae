"""Servers that die, and that are restarted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from chaos.town import Town


@contextlib.contextmanager
def kill(town: Town, which: int) -> Iterator[None]:
    """SIGKILL; the same port serves again afterwards."""
    server = town.servers[which % len(town.servers)]
    server.kill()
    yield
    server.start()


@contextlib.contextmanager
def restart(town: Town, which: int) -> Iterator[None]:
    """SIGTERM, as a deployment does."""
    server = town.servers[which % len(town.servers)]
    server.stop()
    yield
    server.start()


@contextlib.contextmanager
def restart_one_by_one(town: Town, which: int) -> Iterator[None]:
    """SIGTERM to each server, as soon as the one before serves again."""
    for server in town.servers:
        server.stop()
        server.start()
    yield
