"""The channel layer on PostgreSQL, and all that may happen to its connections and its server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from threading import Thread
from typing import Any

import psycopg
import pytest
from django.db import connections

from realtime_notify.doctor import Finding, Severity
from realtime_notify.doctor import layer as doctor
from realtime_notify.keys import EVERYONE
from realtime_notify.layers import postgresql
from realtime_notify.layers.payloads import LIMIT, wake_up
from realtime_notify.layers.postgresql import PostgreSQLChannelLayer
from realtime_notify.wire import layer as wire
from realtime_notify.wire import outbound, probe, push
from realtime_notify.wire.layer import LayerReceiver
from tests.proxy import Proxy
from tests.services import PgBouncer, PostgreSQL
from tests.sockets import PATIENCE, layer_is
from tests.wire.conftest import until

PROBE = {"HEAL_INTERVAL": 60, "PROBE_INTERVAL": 0.05}


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    """A PostgreSQL that has nothing to do but to carry messages, and may be restarted."""
    with PostgreSQL() as server:
        yield server


@contextmanager
def alias(port: int, **options: Any) -> Iterator[str]:
    """Give an alias of a database behind a port."""
    name = "carrier"
    connections.settings[name] = {
        **connections.settings["default"],
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "postgres",
        "USER": "postgres",
        "PASSWORD": "",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "OPTIONS": options,
    }
    yield name
    del connections.settings[name]


class Receiver:
    """The receiving end of a server process: it joins, probes, and notices what breaks."""

    def __init__(self, layer: PostgreSQLChannelLayer) -> None:
        self.layer = layer
        self.got: list[dict[str, Any]] = []
        self.receiver = LayerReceiver(layer, self.got.append, self._on_joined)
        self.receiver.subscribe([EVERYONE])

    def _on_joined(self, all_anew: bool) -> None:
        """Note what the hub does then: it compares everybody with the database."""
        if all_anew:
            self.got.append(wake_up(None))

    async def hears(self, text: str) -> None:
        """Send messages until one arrives."""
        message = {"type": "test", "text": text}
        for _ in range(600):
            with suppress(psycopg.Error, TimeoutError):  # the next connection is another
                async with asyncio.timeout(1):  # as those who push do
                    await self.layer.group_send(EVERYONE, message)
            await asyncio.sleep(0.05)
            if message in self.got:
                return
        raise AssertionError(f"{text!r} has not arrived: {self.got[-3:]}")


@asynccontextmanager
async def receiving(port: int, **options: Any) -> AsyncIterator[Receiver]:
    with alias(port, **options) as name:
        layer = PostgreSQLChannelLayer(name)
        receiver = Receiver(layer)
        running = asyncio.gather(*(work() for work in receiver.receiver.tasks()))
        try:
            yield receiver
        finally:
            running.cancel()
            await asyncio.wait([running])
            await receiver.receiver.close()
            await layer.close()


@pytest.fixture(autouse=True)
def alert(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notice silence soon, and do something about it."""
    settings.REALTIME_NOTIFY = PROBE
    monkeypatch.setattr(wire, "CALL_TIMEOUT", 0.5)
    monkeypatch.setattr(wire, "RETRY_DELAY", 0.05)
    monkeypatch.setattr(postgresql, "RECONNECT_DELAY", 0.05)


def cut_connections(server: PostgreSQL) -> int:
    """Have the server end every connection of the layer; return how many there were."""
    with psycopg.connect(server.url_of("postgres")) as admin:
        return admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'realtime_notify'"
        ).rowcount


async def test_messages_flow_again_after_the_server_cut_every_connection(server):
    async with receiving(server.port) as receiver:
        await receiver.hears("before")
        receiver.got.clear()

        assert await asyncio.to_thread(cut_connections, server) >= 2

        await receiver.hears("after")
        # What was sent meanwhile is lost: everybody is compared with the database.
        assert wake_up(None) in receiver.got


async def test_messages_flow_again_after_the_server_was_restarted(server, caplog):
    async with receiving(server.port) as receiver:
        await receiver.hears("before")
        receiver.got.clear()

        await asyncio.to_thread(server.stop)
        await until(lambda: "The channel layer does not answer" in caplog.text)
        server.start()  # by this thread: the kernel ends it with the thread that has started it

        await receiver.hears("after")
        assert wake_up(None) in receiver.got
        assert receiver.receiver.works


async def test_a_connection_that_falls_silent_is_replaced(server, caplog):
    """Half-open: neither an error nor a notification comes. Only the probe tells."""
    with Proxy(server.port) as proxy:
        async with receiving(proxy.port) as receiver:
            await receiver.hears("before")

            proxy.forget()
            await until(lambda: "The channel layer does not answer" in caplog.text)

            await receiver.hears("after")


HELD = "SELECT pid FROM pg_locks WHERE classid = 'pg_database'::regclass AND objid = 0 AND granted"


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def lock_of_notify_held(server: PostgreSQL) -> Iterator[Callable[[], None]]:
    """Have a commit that notifies wait for a standby that never comes; give what ends its wait.

    From there to its end such a transaction locks every other out that notifies.
    """
    with psycopg.connect(server.url_of("postgres"), autocommit=True) as admin:

        def commit() -> None:
            with psycopg.connect(server.url_of("postgres")) as connection:
                connection.execute("SET synchronous_commit = on")
                connection.execute(
                    "SELECT pg_logical_emit_message(true, '', ''), pg_notify('other', '')"
                )

        def release() -> None:
            admin.execute(f"SELECT pg_cancel_backend(pid) FROM ({HELD}) held")
            committing.join()

        admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        admin.execute("SELECT pg_reload_conf()")
        wait_until(lambda: admin.execute("SHOW synchronous_standby_names").fetchone() != ("",))
        committing = Thread(target=commit)
        committing.start()
        wait_until(lambda: admin.execute(HELD).fetchall())
        try:
            yield release
        finally:
            release()
            admin.execute("ALTER SYSTEM RESET synchronous_standby_names")
            admin.execute("SELECT pg_reload_conf()")


def send_through_this_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Push as a server process does."""
    monkeypatch.setattr(outbound, "queue", outbound.OutboundQueue())
    outbound.listen(outbound.Listener(lambda message: None, asyncio.get_running_loop()))


async def test_nobody_who_pushes_waits_for_the_lock_that_notify_takes(server, caplog, monkeypatch):
    send_through_this_loop(monkeypatch)

    def push_many() -> None:
        for rev in range(1000):
            push.change("1", {"rev": rev, "unread": 0, "unseen": 0})

    async with receiving(server.port) as receiver:
        with layer_is(receiver.layer):
            await receiver.hears("before")
            with lock_of_notify_held(server) as release:
                await asyncio.wait_for(asyncio.to_thread(push_many), PATIENCE)
                await until(lambda: "The channel layer does not answer" in caplog.text)

                await asyncio.to_thread(release)
                await receiver.hears("after")


FULL = """
    CREATE SCHEMA IF NOT EXISTS stuffed;
    CREATE FUNCTION stuffed.pg_notification_queue_usage() RETURNS float AS 'SELECT 0.998'
        LANGUAGE SQL;
    CREATE FUNCTION stuffed.pg_notify(text, text) RETURNS void AS $$
        BEGIN RAISE 'too many notifications in the NOTIFY queue' USING ERRCODE = '54000'; END
    $$ LANGUAGE plpgsql;
"""


async def test_a_full_queue_of_notifications_harms_nobody_and_is_told(server, caplog, monkeypatch):
    """It holds 8 GB, so the test says in the server's place what a full one says."""
    send_through_this_loop(monkeypatch)
    with psycopg.connect(server.url_of("postgres"), autocommit=True) as admin:
        admin.execute(FULL)
        path = "-c search_path=stuffed,pg_catalog"
        async with receiving(server.port, options=path) as receiver:
            with layer_is(receiver.layer):
                await until(lambda: "The channel layer does not answer" in caplog.text)
                push.change("1", {"rev": 1, "unread": 0, "unseen": 0})
                assert await asyncio.to_thread(push.flush, PATIENCE)
                assert "takes no messages (ProgramLimitExceeded: too many" in caplog.text
                silent, full = await asyncio.to_thread(examine)

            admin.execute("DROP SCHEMA stuffed CASCADE")
            await receiver.hears("after")

    assert (silent.severity, full.severity) == (Severity.ERROR, Severity.ERROR)
    assert full.says == "PostgreSQL's queue of notifications is 100% full."


async def test_a_message_of_other_consumers_that_is_too_large_is_refused(server):
    async with receiving(server.port) as receiver:
        with pytest.raises(ValueError, match="more than 7999 bytes"):
            await receiver.layer.group_send("chat", {"type": "chat", "text": "x" * LIMIT})


def examine() -> list[Finding]:
    return list(doctor.examine())


@pytest.mark.parametrize("pool_mode", ["session", "transaction"])
async def test_a_pooler_in_session_mode_carries_and_one_in_transaction_mode_is_told(
    server, pool_mode, monkeypatch
):
    monkeypatch.setattr(probe, "TIMEOUT", 1.0 if pool_mode == "transaction" else PATIENCE)
    with (
        PgBouncer(server, pool_mode) as pooler,
        alias(pooler.port) as name,
        layer_is(PostgreSQLChannelLayer(name)),
    ):
        (finding,) = await asyncio.to_thread(examine)

    if pool_mode == "session":
        assert finding.severity is Severity.OK, finding
    else:
        assert finding.severity is Severity.ERROR, finding
        assert "does not carry a message within 1 s: no message arrived." in finding.says
        assert finding.advice.startswith("A pooler answers in place of PostgreSQL")
