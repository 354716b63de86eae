"""One connection: order, corking, readers that stop reading, and the close."""

from __future__ import annotations

import asyncio
import json

import pytest

from realtime_notify.wire import commands
from realtime_notify.wire.frames import StateChange
from realtime_notify.wire.protocol import Close, ErrorCode, ProtocolError
from tests.wire.readers import Reader, is_ping


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
