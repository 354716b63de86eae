"""How each thing breaks, and how it is mended.

A fault is a context: it breaks on entry, and is mended on exit. What breaks at one moment has
nothing to mend.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TypeVar

import psycopg

from chaos.clients import Client
from chaos.plan import KINDS, Fault
from chaos.town import Town
from tests.proxy import Proxy
from tests.site import Server

Break = Callable[[Town, int], AbstractContextManager[None]]
T = TypeVar("T")


def break_(town: Town, fault: Fault) -> None:
    """Break something for as long as the fault lasts, and mend it."""
    with FAULTS[fault.kind](town, fault.which):
        time.sleep(fault.lasts)


@contextlib.contextmanager
def kill_server(town: Town, which: int) -> Iterator[None]:
    """SIGKILL; the same port serves again afterwards."""
    server = _chosen(town.servers, which)
    server.kill()
    yield
    server.start()


@contextlib.contextmanager
def restart_server(town: Town, which: int) -> Iterator[None]:
    """SIGTERM, as a deployment does."""
    server: Server = _chosen(town.servers, which)
    server.stop()
    yield
    server.start()


@contextlib.contextmanager
def hide_server(town: Town, which: int) -> Iterator[None]:
    """Forget the connections of a server: both ends stay open, and new ones get no answer."""
    with _forgotten(_chosen(town.doors, which)):
        yield


@contextlib.contextmanager
def kill_redis(town: Town, which: int) -> Iterator[None]:
    """SIGKILL."""
    town.redis.kill()
    yield
    town.redis.start()


@contextlib.contextmanager
def pause_redis(town: Town, which: int) -> Iterator[None]:
    """SIGSTOP: connections stay open, and nothing answers."""
    town.redis.pause()
    yield
    town.redis.resume()


@contextlib.contextmanager
def empty_redis(town: Town, which: int) -> Iterator[None]:
    """Empty it, and cut all connections, which takes the subscriptions."""
    _tell_redis(town, "FLUSHALL", "CLIENT KILL TYPE normal SKIPME yes", "CLIENT KILL TYPE pubsub")
    yield


@contextlib.contextmanager
def hide_redis(town: Town, which: int) -> Iterator[None]:
    """Forget the connections to it."""
    with _forgotten(town.redis_wire):
        yield


@contextlib.contextmanager
def cut_database_connections(town: Town, which: int) -> Iterator[None]:
    """Terminate every connection, whatever it is doing."""
    town.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    yield


@contextlib.contextmanager
def restart_database(town: Town, which: int) -> Iterator[None]:
    """Stop PostgreSQL with its connections open, and start it again."""
    town.database.stop()
    yield
    town.database.start()


LOCK = """
SELECT 1 FROM realtime_notify_inbox
WHERE user_id = (SELECT id FROM auth_user WHERE username = %s) FOR UPDATE
"""
ANSWERS = ("COMMIT", "UPDATE .*inbox", "FOR UPDATE", "SELECT .*rev", "INSERT INTO")


@contextlib.contextmanager
def lose_answer(town: Town, which: int) -> Iterator[None]:
    """Swallow a query, and whatever follows on its connection."""
    town.database_wire.swallow(_chosen(ANSWERS, which))
    yield
    town.database_wire.swallow("", times=0)


@contextlib.contextmanager
def lock_inbox(town: Town, which: int) -> Iterator[None]:
    """Hold the lock of one inbox, unless the database is away or goes meanwhile."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(psycopg.Error):
            connection = psycopg.connect(town.database.url)
            stack.callback(connection.close)
            connection.execute(LOCK, [_chosen(town.people, which)])
        yield


@contextlib.contextmanager
def kill_writer(town: Town, which: int) -> Iterator[None]:
    """SIGKILL at any moment."""
    town.writer.kill()
    yield


@contextlib.contextmanager
def kill_writer_after_commit(town: Town, which: int) -> Iterator[None]:
    """SIGKILL after the commit of its next notification, before anybody is told."""
    town.writer.say("die")
    yield


@contextlib.contextmanager
def kill_worker(town: Town, which: int) -> Iterator[None]:
    """SIGKILL at any moment."""
    town.worker.kill()
    yield


@contextlib.contextmanager
def vanish_client(town: Town, which: int) -> Iterator[None]:
    """Drop a client's connection without a word."""
    client: Client = _chosen(town.crowd.clients, which)
    town.crowd.call(client.vanish)
    yield


@contextlib.contextmanager
def stop_reading(town: Town, which: int) -> Iterator[None]:
    """Have a client read nothing, its connection open."""
    client: Client = _chosen(town.crowd.clients, which)
    town.crowd.call(client.reading.clear)
    yield
    town.crowd.call(client.reading.set)


@contextlib.contextmanager
def _forgotten(wire: Proxy) -> Iterator[None]:
    wire.silent = True
    wire.forget()
    yield
    wire.silent = False


def _chosen(things: list[T] | tuple[T, ...], which: int) -> T:
    return things[which % len(things)]


def _tell_redis(town: Town, *commands: str) -> None:
    from redis import Redis

    with Redis(port=town.redis.port) as redis:
        for command in commands:
            redis.execute_command(command)


FAULTS: dict[str, Break] = dict(
    zip(
        KINDS,
        (
            *(kill_server, restart_server, hide_server),
            *(kill_redis, pause_redis, empty_redis, hide_redis),
            *(cut_database_connections, restart_database, lose_answer, lock_inbox),
            *(kill_writer, kill_writer_after_commit, kill_worker),
            *(vanish_client, stop_reading),
        ),
        strict=True,
    )
)
