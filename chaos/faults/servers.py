"""Servers that die, and that are restarted; and clocks, which each process has."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from chaos.clocks import STEP
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


@contextlib.contextmanager
def step_clock(town: Town, which: int) -> Iterator[None]:
    """Set the clock of one process forth or back, and right again."""
    clocks = list(town.clocks.values())
    clock = clocks[which % len(clocks)]
    clock.step(STEP if which // len(clocks) % 2 else -STEP)
    yield
    clock.step(0.0)
