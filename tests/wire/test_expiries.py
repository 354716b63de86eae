"""Connections are closed when what vouched for their user expires."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from realtime_notify.wire import expiries
from realtime_notify.wire.connection import Connection, State
from realtime_notify.wire.expiries import Expiries
from realtime_notify.wire.window import SendWindow


@pytest.fixture(autouse=True)
def swift(monkeypatch):
    monkeypatch.setattr(expiries, "TICK", 0.02)


async def nowhere(message):
    """Send nothing."""


def ending(seconds):
    connection = Connection(nowhere, SendWindow(10, 1000))
    moment = None if seconds is None else datetime.now(UTC) + timedelta(seconds=seconds)
    connection.admit("7", None, moment)
    return connection


async def closed_after(connections, kept, seconds):
    for connection in connections:
        kept.add(connection)
    running = asyncio.create_task(kept.run())
    await asyncio.sleep(seconds)
    running.cancel()
    return [connection.state is State.CLOSING for connection in connections]


async def test_those_are_closed_whose_time_has_come_and_no_others():
    connections = [ending(-1), ending(0.1), ending(60), ending(None)]

    assert await closed_after(connections, Expiries(), 1.3) == [True, True, False, False]


async def test_a_connection_that_has_gone_is_forgotten():
    kept, gone, forever = Expiries(), ending(-1), ending(None)
    kept.add(gone)
    kept.discard(gone)
    kept.discard(forever)

    assert await closed_after([], kept, 0.1) == []
    assert gone.state is not State.CLOSING
    assert not kept._by_second
