"""Redis and PostgreSQL: killed, paused, emptied, full, restarted, restored."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg

from chaos.town import Town


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
def fill_redis(town: Town, which: int) -> Iterator[None]:
    """Leave no memory: whatever would store something is refused; publishing is not."""
    _tell_redis(town, "CONFIG SET maxmemory-policy noeviction", "CONFIG SET maxmemory 1")
    yield
    _tell_redis(town, "CONFIG SET maxmemory 0")


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
    """Swallow a query of some part, and whatever follows on its connection."""
    wires = [wire for name, wire in town.wires.items() if name.endswith("to database")]
    wire = wires[which // len(ANSWERS) % len(wires)]
    wire.swallow(ANSWERS[which % len(ANSWERS)])
    yield
    wire.swallow("", times=0)


@contextlib.contextmanager
def lock_inbox(town: Town, which: int) -> Iterator[None]:
    """Hold the lock of one inbox, unless the database is away or goes meanwhile."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(psycopg.Error):
            connection = psycopg.connect(town.database.url)
            stack.callback(connection.close)
            connection.execute(LOCK, [town.people[which % len(town.people)]])
        yield


def _tell_redis(town: Town, *commands: str) -> None:
    from redis import Redis

    with Redis(port=town.redis.port) as redis:
        for command in commands:
            redis.execute_command(command)
