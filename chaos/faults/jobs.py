"""The writer, the worker and the mail server, killed at any moment, and at the worst."""

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


@contextlib.contextmanager
def kill_worker_before_send(town: Town, which: int) -> Iterator[None]:
    """SIGKILL when it has claimed a mail, before anything is handed over."""
    with _trap(town, "before-send"):
        yield


@contextlib.contextmanager
def kill_worker_after_send(town: Town, which: int) -> Iterator[None]:
    """SIGKILL when it has handed a mail over, before that is marked."""
    with _trap(town, "after-send"):
        yield


@contextlib.contextmanager
def kill_mail_server(town: Town, which: int) -> Iterator[None]:
    """SIGKILL; the same port serves again afterwards."""
    town.mail_server.kill()
    yield
    town.mail_server.start()


@contextlib.contextmanager
def busy_mail_server(town: Town, which: int) -> Iterator[None]:
    """Have it ask everybody to come back later."""
    town.mail_server.say("busy")
    yield
    town.mail_server.say("free")


@contextlib.contextmanager
def _trap(town: Town, name: str) -> Iterator[None]:
    trap = town.traps / name
    trap.touch()
    yield
    trap.unlink(missing_ok=True)
