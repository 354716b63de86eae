"""The writer and the worker, killed at any moment, and at the worst."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from chaos.town import Town


@contextlib.contextmanager
def kill_writer(town: Town, which: int) -> Iterator[None]:
    """SIGKILL at any moment."""
    town.writer.kill()
    yield


@contextlib.contextmanager
def kill_writer_after_commit(town: Town, which: int) -> Iterator[None]:
    """SIGKILL after the commit of its next notification, before anybody is told."""
    town.writer.say("die after commit")
    yield


@contextlib.contextmanager
def kill_writer_after_chunk(town: Town, which: int) -> Iterator[None]:
    """SIGKILL after the commit of the next chunk, before its push."""
    town.writer.say("die after chunk")
    yield


@contextlib.contextmanager
def kill_worker(town: Town, which: int) -> Iterator[None]:
    """SIGKILL at any moment."""
    town.worker.kill()
    yield
