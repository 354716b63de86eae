"""The queue and the event of a socket."""

from __future__ import annotations

import asyncio

import pytest

from realtime_notify.servers.slim import SlimEvent, SlimQueue


async def test_items_come_in_their_order():
    queue = SlimQueue()
    assert queue.empty()

    queue.put_nowait(1)
    queue.put_nowait(2)

    assert not queue.empty()
    assert [await queue.get(), await queue.get()] == [1, 2]
    assert queue.empty()


async def test_who_waits_gets_the_next_item():
    queue = SlimQueue()
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)

    queue.put_nowait("late")

    assert await asyncio.wait_for(waiting, 1) == "late"


async def test_two_who_wait_get_an_item_each():
    queue = SlimQueue()
    waiting = [asyncio.create_task(queue.get()) for _ in range(2)]
    await asyncio.sleep(0)

    queue.put_nowait(1)
    await asyncio.sleep(0.01)
    assert [task.done() for task in waiting] == [True, False]
    queue.put_nowait(2)

    assert await asyncio.gather(*waiting) == [1, 2]


async def test_who_stops_waiting_takes_no_item():
    queue = SlimQueue()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await queue.get()

    queue.put_nowait(1)

    assert await queue.get() == 1


async def test_one_who_is_cancelled_when_an_item_comes_leaves_it_to_the_other():
    queue = SlimQueue()
    first, second = (asyncio.create_task(queue.get()) for _ in range(2))
    await asyncio.sleep(0)

    queue.put_nowait(1)
    first.cancel()

    assert await asyncio.wait_for(second, 1) == 1


async def test_an_event_ends_the_waiting_of_all_until_it_is_cleared():
    event = SlimEvent()
    waiting = [asyncio.create_task(event.wait()) for _ in range(2)]
    await asyncio.sleep(0)
    assert not event.is_set()

    event.set()

    assert await asyncio.gather(*waiting) == [True, True]
    assert await event.wait()
    event.clear()
    assert not event.is_set()
