"""One connection: order, corking, readers that stop reading, and the close."""

from __future__ import annotations

import asyncio
import json

import pytest
from autobahn.exception import Disconnected

from realtime_notify.wire import commands
from realtime_notify.wire.connection import Connection
from realtime_notify.wire.frames import NewItem, StateChange
from realtime_notify.wire.outlet import has_gone
from realtime_notify.wire.protocol import Close, ErrorCode, ProtocolError
from realtime_notify.wire.vocabulary import Recipient
from realtime_notify.wire.window import SendWindow
from realtime_notify.wire.writer import Writer


def is_ping(frame: dict) -> bool:
    return "beat" in frame


class Reader:
    """The far end of a connection, and the server's send in front of it.

    The send waits unless `flowing` is set, and raises when the reader is an `error`
    is set. A raw writer, if the server has one, leaves to the send what would have to wait.
    """

    def __init__(self, frames: int = 16, size: int = 10_000, *, raw: bool = False) -> None:
        self.writer = Writer()
        self.sent: list[dict] = []
        self.closed: int | None = None
        self.error: Exception | None = None
        self.flowing = asyncio.Event()
        self.flowing.set()
        window, write_raw = SendWindow(frames, size), self.write_raw if raw else None
        self.connection = Connection(self.send, window, write_raw)
        self.connection.attach(self.writer)

    async def send(self, message):
        await self.flowing.wait()
        if message["type"] == "websocket.close":
            self.closed = message["code"]
        else:
            self._take(message["text"])

    def write_raw(self, chunks):
        if not self.flowing.is_set():
            return False
        self._take(b"".join(chunks))
        return True

    def _take(self, text):
        if self.error is not None and "bye" not in str(text):
            raise self.error
        self.sent.append(json.loads(text))

    def greet(self, rev: int = 0) -> None:
        self.connection.reply({"id": 1, "rev": rev, "unread": 0, "unseen": 0, "reset": True})
        self.connection.uncork()

    def arrive(self, rev: int, body: str = '"message":"x"') -> None:
        self.connection.push(NewItem(Recipient("1", rev, rev, rev, 1, rev, rev), body.encode()))

    def answer(self, frames: list[dict]) -> None:
        """Send every ping among these frames back."""
        for frame in filter(is_ping, frames):
            assert self.connection.pong(frame["beat"])

    async def written(self) -> list[dict]:
        await asyncio.sleep(0.01)
        for _ in range(10):  # on a busy machine the writer and this test are due at once
            await asyncio.sleep(0)
        sent, self.sent = self.sent, []
        return sent


@pytest.fixture(params=["asgi", "raw"])
async def reader(request):
    return Reader(raw=request.param == "raw")


async def test_new_items_of_one_moment_share_one_frame(reader):
    reader.greet()

    with reader.writer.gathering():
        for rev in (1, 2, 3):
            reader.arrive(rev)

    _, frame = await reader.written()
    assert (frame["rev"], frame["from"], frame["unread"]) == (3, 0, 3)
    assert [item["rev"] for item in frame["put"]] == [1, 2, 3]


async def test_the_order_of_pushes_and_replies_is_kept(reader):
    reader.greet()

    reader.arrive(1)
    reader.connection.reply({"id": 2, "put": [], "rev": 9, "next": None})  # a page moves nobody
    reader.connection.push(StateChange({"rev": 2, "unread": 0, "unseen": 0, "read": {"upto": 1}}))
    reader.arrive(3)

    frames = await reader.written()
    assert [frame.get("id", frame["rev"]) for frame in frames] == [1, 1, 2, 2, 3]


async def test_a_rev_is_pushed_only_once(reader):
    reader.greet(rev=5)

    for rev in (4, 5, 6, 6, 5):
        reader.arrive(rev)

    assert [frame["rev"] for frame in await reader.written()] == [5, 6]


async def test_a_corked_connection_keeps_pushes_until_the_state_is_sent(reader):
    for rev in (4, 5, 6):
        reader.arrive(rev)
    assert await reader.written() == []

    reader.greet(rev=5)

    assert [frame["rev"] for frame in await reader.written()] == [5, 6]


async def test_a_connection_corked_for_long_keeps_only_the_newest_rev():
    reader = Reader(frames=1000, size=10**6)
    for rev in range(1, 1001):
        reader.arrive(rev)

    reader.greet(rev=5)

    frames = await reader.written()
    assert len(json.dumps(frames)) < 20_000
    assert frames[-1]["rev"] == 1000


async def test_a_reader_that_answers_gets_every_push(reader):
    reader.greet()
    got = []

    for rev in range(1, 201):
        reader.arrive(rev)
        frames = await reader.written()
        got += [item["rev"] for frame in frames for item in frame.get("put", ())]
        reader.answer(frames)

    assert got == list(range(1, 201))


async def test_a_reader_is_pinged_at_half_the_window_and_pushes_are_held_at_the_whole(reader):
    reader.greet()

    for rev in range(1, 101):
        reader.arrive(rev)
        await asyncio.sleep(0)
    frames = await reader.written()

    assert [frame["rev"] for frame in frames if is_ping(frame)] == [7]
    assert len(frames) <= 16
    assert await reader.written() == []

    reader.answer(frames)
    [ping] = await reader.written()
    assert ping["rev"] == 100  # one rev for all that was dropped

    reader.answer([ping])
    reader.arrive(101)
    assert [frame["rev"] for frame in await reader.written()] == [101]


async def test_a_few_large_notifications_fill_the_window_too(reader):
    reader.greet()
    large = '"message":"' + 4000 * "x" + '"'

    for rev in range(1, 51):
        reader.arrive(rev, large)
        await asyncio.sleep(0)

    frames = await reader.written()
    assert sum(len(json.dumps(frame)) for frame in frames) < 20_000
    reader.answer(frames)
    assert (await reader.written())[-1]["rev"] == 50


async def test_answers_are_never_dropped_but_wait_for_the_window(reader):
    reader.greet()
    for rev in range(1, 30):
        reader.arrive(rev)
    reader.connection.reply({"id": 2, "rev": 3, "put": []})

    waiting = asyncio.create_task(reader.connection.drain())
    frames = await reader.written()
    assert any(frame.get("id") == 2 for frame in frames)
    assert not waiting.done()

    reader.answer(frames)
    await asyncio.wait_for(waiting, 1)


async def test_a_ping_before_the_first_state_has_a_rev_that_can_be_answered(reader):
    for id in range(8):
        reader.connection.reject(ProtocolError(ErrorCode.NOT_READY, "Hello?", id=id).frame())

    ping = (await reader.written())[-1]

    assert commands.parse(json.dumps(ping), 100).args == ping


async def test_every_ping_has_a_beat_of_its_own(reader):
    reader.greet()
    beats = []

    for _ in range(100):
        reader.connection.heartbeat()
        frames = await reader.written()
        reader.answer(frames)
        beats += [frame["beat"] for frame in frames if is_ping(frame)]

    assert len(set(beats)) == 100
    assert min(map(len, beats)) >= 12


@pytest.mark.parametrize("beat", [None, "", "guessed"])
async def test_a_blind_answer_opens_nothing(reader, beat):
    reader.greet()

    for rev in range(1, 101):
        reader.arrive(rev)
        assert not reader.connection.pong(beat)
        await asyncio.sleep(0)

    assert len(await reader.written()) <= 16


async def test_a_blind_answer_is_no_sign_of_life(reader):
    reader.greet()
    for _ in range(3):
        assert reader.connection.heartbeat()
        assert not reader.connection.pong("guessed")

    assert not reader.connection.heartbeat()


async def test_a_hold_ends_with_an_answer_to_any_ping_that_was_sent_before_it(reader):
    reader.greet()
    reader.connection.heartbeat()
    for rev in range(1, 101):
        reader.arrive(rev)
        await asyncio.sleep(0)
    reader.connection.heartbeat()
    pings = [frame for frame in await reader.written() if is_ping(frame)]
    assert [ping["rev"] for ping in pings] == [0, 100]  # while held, heartbeats go on

    reader.answer(pings)
    frames = await reader.written()
    reader.answer(frames)
    reader.arrive(101)

    assert {frame["rev"] for frame in frames} == {100}
    assert [frame["rev"] for frame in await reader.written()] == [101]


async def test_complaints_are_dropped_while_the_window_is_full_and_answers_are_not(reader):
    reader.greet()
    error = ProtocolError(ErrorCode.BAD_REQUEST, "No.").frame()

    for _ in range(100):
        reader.connection.complain(error)
    reader.connection.reject(error)

    frames = await reader.written()
    assert len(frames) <= 17
    assert "error" in frames[-1]
    reader.answer(frames)
    reader.answer(await reader.written())
    reader.connection.complain(error)
    assert await reader.written() == [error]


async def test_heartbeats_say_how_old_the_last_comparison_is_until_it_is_fresh(reader):
    reader.greet()
    reader.connection.heartbeat(17)
    reader.connection.announce(1)
    reader.connection.heartbeat()

    ages = [frame.get("age") for frame in await reader.written() if is_ping(frame)]
    assert ages == [17, 17, None]


async def test_a_reader_that_answers_no_heartbeat_is_stale(reader):
    reader.greet()

    assert [reader.connection.heartbeat() for _ in range(4)] == [True, True, True, False]


async def test_a_client_whose_hello_never_succeeds_is_stale_too(reader):
    assert [reader.connection.heartbeat() for _ in range(4)] == [True, True, True, False]
    assert await reader.written() == []


async def test_any_pong_shows_that_a_reader_is_alive(reader):
    reader.greet()

    for _ in range(10):
        assert reader.connection.heartbeat()
        assert reader.connection.heartbeat()
        *_, ping = await reader.written()
        reader.answer([ping])


async def test_the_bye_is_the_last_frame(reader):
    reader.greet()
    reader.arrive(1)

    reader.connection.close(Close.DRAINING, "draining", (0.5, 8))
    reader.arrive(2)
    reader.connection.reply({"id": 2})
    reader.connection.close(Close.STALE, "again")

    *before, bye = await reader.written()
    assert bye == {"bye": {"code": 4001, "reason": "draining", "retry": [0.5, 8]}}
    assert not [frame for frame in before if 2 in (frame.get("id"), frame["rev"])]
    assert reader.closed == 4001


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


async def test_daphnes_own_error_of_a_peer_that_has_gone_is_known():
    assert has_gone(Disconnected("Attempt to send on a closed protocol"))
