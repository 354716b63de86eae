"""Messages that arrive together are handed on together."""

from __future__ import annotations

import asyncio

import pytest

from realtime_notify.wire.batches import GATHER_DELAY, MAX_TOGETHER, Batches
from tests.wire.conftest import until


@pytest.fixture
async def got():
    return []


@pytest.fixture
async def batches(got):
    return Batches(lambda batch: got.append([message["n"] for message in batch]))


async def test_a_message_that_comes_alone_waits_for_no_timer(batches, got):
    batches.add({"n": 1})

    for _ in range(10):  # turns of the loop, which take no time
        await asyncio.sleep(0)

    assert got == [[1]]


async def test_messages_within_a_few_turns_come_together(batches, got):
    for number in range(3):
        batches.add({"n": number})
        await asyncio.sleep(0)

    await until(lambda: got)

    assert got == [[0, 1, 2]]


async def test_after_several_at_once_the_next_gather_longer(batches, got):
    batches.add({"n": 1})
    batches.add({"n": 2})
    await until(lambda: got)

    batches.add({"n": 3})
    await asyncio.sleep(GATHER_DELAY / 4)
    batches.add({"n": 4})
    await until(lambda: len(got) > 1)

    assert got == [[1, 2], [3, 4]]


async def test_many_messages_leave_the_loop_to_others_in_between():
    got = []

    def hand_on(batch):
        got.append([message["n"] for message in batch])
        asyncio.get_running_loop().call_soon(got.append, "another turn")

    batches = Batches(hand_on)
    for number in range(2 * MAX_TOGETHER):
        batches.add({"n": number})

    await until(lambda: len(got) == 4)

    first, second = range(MAX_TOGETHER), range(MAX_TOGETHER, 2 * MAX_TOGETHER)
    assert got == [list(first), "another turn", list(second), "another turn"]


async def test_a_message_that_comes_while_others_are_handed_on_is_not_left_behind(got):
    def hand_on(batch):
        got.append([message["n"] for message in batch])
        if batch[0]["n"] == 1:
            batches.add({"n": 3})

    batches = Batches(hand_on)
    batches.add({"n": 1})
    batches.add({"n": 2})

    await until(lambda: len(got) == 2)

    assert got == [[1, 2], [3]]
