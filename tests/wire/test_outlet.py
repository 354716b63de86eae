"""How frames reach the server: raw or by ASGI, in their order, and what happens if they do not."""

from __future__ import annotations

import asyncio

import pytest
from autobahn.exception import Disconnected

from realtime_notify.wire.outlet import has_gone
from realtime_notify.wire.protocol import Close
from tests.wire.readers import Reader


@pytest.mark.parametrize("raw", [False, True])
async def test_a_reader_whose_server_makes_the_writer_wait_delays_no_other(raw):
    stalled, other = Reader(raw=raw), Reader(raw=raw)
    other.writer = stalled.writer
    other.connection.attach(stalled.writer)
    stalled.flowing.clear()

    for rev, reader in enumerate((stalled, other)):
        reader.greet(rev)
    assert len(await other.written()) == 1
    got = []
    for rev in range(2, 200):
        stalled.arrive(rev)
        other.arrive(rev)
        await asyncio.sleep(0)
        if not rev % 5:
            frames = await other.written()
            other.answer(frames)
            got += [item["rev"] for frame in frames for item in frame.get("put", ())]

    got += [item["rev"] for frame in await other.written() for item in frame.get("put", ())]
    assert got == list(range(2, 200))
    stalled.flowing.set()
    assert len(await stalled.written()) < 16


async def test_a_raw_writer_writes_at_once():
    reader = Reader(raw=True)
    reader.greet()

    reader.arrive(1)
    reader.connection.reply({"id": 2, "rev": 1})

    assert [frame.get("id") for frame in reader.sent] == [1, None, 2]


async def test_what_a_raw_writer_does_not_take_is_sent_in_its_order():
    reader = Reader(raw=True)
    reader.greet()
    reader.flowing.clear()
    for rev in (1, 2):
        reader.arrive(rev)
    await asyncio.sleep(0.01)

    reader.flowing.set()
    reader.arrive(3)

    assert [frame["rev"] for frame in await reader.written()] == [0, 2, 3]


async def test_a_frame_that_a_raw_writer_refuses_halfway_through_a_queue_is_not_lost():
    reader = Reader(raw=True)
    reader.greet()
    with reader.writer.gathering():
        reader.arrive(1)
        reader.connection.reply({"id": 2})
        reader.arrive(2)
        reader.flowing.clear()
    reader.flowing.set()

    assert [frame.get("id", frame.get("rev")) for frame in await reader.written()] == [1, 1, 2, 2]


async def test_a_send_that_fails_as_the_peer_has_gone_drops_the_queue_and_nothing_else(
    reader, caplog
):
    reader.error = ConnectionResetError()
    reader.greet()
    await asyncio.sleep(0.01)
    reader.arrive(1)
    await asyncio.sleep(0.01)

    reader.error = None
    reader.arrive(2)
    assert [frame["rev"] for frame in await reader.written()] == [2]
    assert caplog.messages == []


async def test_a_send_that_fails_otherwise_closes_the_connection_and_is_an_error(reader, caplog):
    reader.greet()
    reader.error = RuntimeError("larger than this server sends")
    reader.arrive(1)

    assert (await reader.written())[-1]["bye"]["code"] == Close.FAILED
    assert reader.closed == Close.FAILED
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert record.message == "A frame could not be written; closing the connection."
    assert "larger than this server sends" in caplog.text


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("before", [0, 3])
async def test_the_bye_comes_before_the_close_though_two_write_and_the_server_waits(
    raw, before, caplog
):
    reader = Reader(raw=raw)
    reader.greet()
    await reader.written()
    reader.flowing.clear()
    for rev in range(before):
        reader.connection.reply({"id": rev})
    await asyncio.sleep(0.01)

    reader.connection.close(Close.TOO_FAST, "too fast")
    ended = asyncio.create_task(reader.connection.write())
    await asyncio.sleep(0.01)  # the writer comes to this connection as well
    reader.flowing.set()
    await ended

    assert (await reader.written())[-1]["bye"]["code"] == Close.TOO_FAST
    assert reader.closed == Close.TOO_FAST
    assert caplog.messages == []


@pytest.mark.parametrize(
    "error",
    [
        Disconnected("Attempt to send on a closed protocol"),
        RuntimeError("Unexpected ASGI message 'websocket.send', after sending 'websocket.close'."),
    ],
    ids=["daphne", "uvicorn"],
)
def test_the_errors_of_servers_whose_peer_has_gone_are_known(error):
    assert has_gone(error)
