"""Messages that arrive together are handed on together."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager

import pytest

from realtime_notify.wire.batches import MAX_TOGETHER, QUIET_TURNS, Batches
from tests.wire.conftest import until


class Hands:
    """Takes messages, and notes which came together."""

    def __init__(self) -> None:
        self.got: list[list[int]] = []
        self.batches = Batches(self.take, self.together)
        self.is_together = False

    @contextmanager
    def together(self):
        self.is_together = True
        self.got.append([])
        yield
        self.is_together = False

    def take(self, message):
        if not self.is_together:
            self.got.append([])
        self.got[-1].append(message["n"])


@pytest.fixture
async def hands():
    return Hands()


async def test_a_message_that_comes_alone_waits_for_no_timer(hands):
    hands.batches.add({"n": 1})

    for _ in range(10):  # turns of the loop, which take no time
        await asyncio.sleep(0)

    assert hands.got == [[1]]


async def test_messages_within_a_few_turns_come_together(hands):
    for number in range(3):
        hands.batches.add({"n": number})
        await asyncio.sleep(0)

    await until(lambda: hands.got)

    assert hands.got == [[0, 1, 2]]


async def test_after_several_at_once_the_next_gather_longer(hands):
    hands.batches.add({"n": 1})
    hands.batches.add({"n": 2})
    await until(lambda: hands.got)

    hands.batches.add({"n": 3})
    for _ in range(2 * QUIET_TURNS):
        await asyncio.sleep(0)
    hands.batches.add({"n": 4})
    await until(lambda: len(hands.got) > 1)

    assert hands.got == [[1, 2], [3, 4]]


async def test_many_messages_leave_the_loop_to_others_in_between(hands):
    take = hands.take

    def take_slowly(message):
        take(message)
        if message["n"] == 0:
            asyncio.get_running_loop().call_soon(hands.got.append, "another turn")

    hands.batches = Batches(take_slowly, hands.together)
    for number in range(2 * MAX_TOGETHER):
        hands.batches.add({"n": number})

    await until(lambda: len(hands.got) == 3)

    first, second = range(MAX_TOGETHER), range(MAX_TOGETHER, 2 * MAX_TOGETHER)
    assert hands.got == [list(first), "another turn", list(second)]


async def test_a_message_that_comes_while_others_are_handed_on_is_not_left_behind(hands):
    take = hands.take

    def take_and_send(message):
        take(message)
        if message["n"] == 1:
            hands.batches.add({"n": 3})

    hands.batches = Batches(take_and_send, hands.together)
    hands.batches.add({"n": 1})
    hands.batches.add({"n": 2})

    await until(lambda: len(hands.got) == 2)

    assert hands.got == [[1, 2], [3]]
