"""Lanes: what hangs in one is given up, and stops nothing else."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from time import monotonic

import pytest

from realtime_notify.wire import lanes
from realtime_notify.wire.counters import counters
from realtime_notify.wire.lanes import DatabaseSilent, Lane
from realtime_notify.wire.waits import still_working
from tests.wire.conftest import until


@pytest.fixture
def end():
    """Ends all calls that wait for it."""
    event = threading.Event()
    yield event
    event.set()


def threads_of(lane: Lane) -> list[threading.Thread]:
    name = f"realtime-notify-{lane.name}"
    return [thread for thread in threading.enumerate() if thread.name == name]


async def hang(lane: Lane, end: threading.Event) -> None:
    with pytest.raises(DatabaseSilent):
        await lane.run(lambda: end.wait(30), "hanging")


async def test_a_call_that_outlives_its_deadline_is_given_up_and_logged_by_name(end, caplog):
    lane = Lane("given-up", size=1, deadline=0.1)

    with pytest.raises(DatabaseSilent, match=r"did not answer blog\.read within 0\.1 s"):
        await lane.run(lambda: end.wait(30), "blog.read")

    assert caplog.text.count("blog.read") == 1
    assert counters.deadlines["given-up"] == 1


async def test_a_silent_database_is_a_timeout():
    assert issubclass(DatabaseSilent, TimeoutError)


async def test_a_thread_that_is_given_up_is_replaced(end):
    lane = Lane("replaced", size=1, deadline=0.1)
    await hang(lane, end)

    assert await lane.run(lambda: "answered", "next") == "answered"


async def test_a_thread_that_is_given_up_ends_when_its_call_returns(end):
    lane = Lane("returning", size=1, deadline=0.1)
    await hang(lane, end)
    assert len(threads_of(lane)) == 1

    end.set()

    await until(lambda: not threads_of(lane))


async def test_calls_that_wait_behind_one_that_hangs_get_its_place(end):
    lane = Lane("behind", size=1, deadline=0.3)
    hanging = asyncio.create_task(hang(lane, end))
    await asyncio.sleep(0.2)

    assert await lane.run(lambda: "answered", "next") == "answered"
    await hanging


async def test_a_call_waits_for_a_thread_no_longer_than_the_deadline(end, caplog):
    lane = Lane("queue", size=1, deadline=0.3)
    begun = []

    def work():
        while not end.wait(0.02):
            still_working()

    busy = asyncio.create_task(lane.run(work, "busy"))
    await asyncio.sleep(0.05)

    with pytest.raises(DatabaseSilent, match=r"were busy for 0\.3 s"):
        await lane.run(lambda: begun.append(1), "waiting")
    end.set()
    await busy

    assert await lane.run(lambda: "answered", "next") == "answered"
    assert not begun
    assert "waiting was not begun" in caplog.text
    assert not counters.deadlines["queue"]  # nothing was given up


async def test_a_call_that_waited_for_its_turn_has_the_whole_deadline_to_run(end):
    lane = Lane("turn", size=1, deadline=0.4)
    busy = asyncio.create_task(lane.run(lambda: end.wait(0.3), "busy"))
    await asyncio.sleep(0.05)

    asked = asyncio.create_task(lane.run(lambda: end.wait(0.3) or "answered", "asked"))

    assert await asked == "answered"
    await busy


async def test_a_call_whose_asker_has_gone_does_not_begin(end):
    lane = Lane("gone", size=1, deadline=10)
    begun = []
    busy = asyncio.create_task(lane.run(lambda: end.wait(30), "busy"))
    asked = asyncio.create_task(lane.run(lambda: begun.append(1), "asked"))
    await asyncio.sleep(0.05)

    asked.cancel()
    await asyncio.sleep(0)
    end.set()
    await busy

    assert await lane.run(lambda: "answered", "next") == "answered"
    assert not begun


async def test_a_call_is_given_up_even_if_its_asker_has_gone(end):
    lane = Lane("orphan", size=1, deadline=0.5)
    asked = asyncio.create_task(lane.run(lambda: end.wait(30), "asked"))
    await asyncio.sleep(0.2)
    asked.cancel()
    begun = monotonic()

    assert await asyncio.create_task(lane.run(lambda: "answered", "next")) == "answered"

    assert monotonic() - begun < 5


async def test_a_call_that_says_that_it_is_still_working_is_left_alone():
    lane = Lane("working", size=1, deadline=0.2)
    begun = monotonic()

    def work():
        while monotonic() < begun + 0.6:
            still_working()
            threading.Event().wait(0.02)
        return "done"

    assert await lane.run(work, "working") == "done"


def test_outside_of_a_lane_nobody_minds_that_something_is_still_working():
    assert still_working() is None


async def test_a_lane_refuses_work_at_once_while_too_many_calls_hang(end, caplog, monkeypatch):
    monkeypatch.setattr(lanes, "MOST_GIVEN_UP", 3)
    lane = Lane("refusing", size=1, deadline=0.05)
    for _ in range(3):
        await hang(lane, end)

    for _ in range(20):
        begun = monotonic()
        with pytest.raises(DatabaseSilent, match="3 calls of lane 'refusing' still wait"):
            await lane.run(lambda: None, "next")
        assert monotonic() - begun < 0.05

    assert len(threads_of(lane)) == 3
    assert caplog.text.count("refuses work") == 1


async def test_a_lane_takes_work_again_when_a_call_has_returned(end, caplog, monkeypatch):
    monkeypatch.setattr(lanes, "MOST_GIVEN_UP", 2)
    lane = Lane("again", size=1, deadline=0.05)
    for _ in range(2):
        await hang(lane, end)
    with pytest.raises(DatabaseSilent):
        await lane.run(lambda: None, "next")

    end.set()
    await until(lambda: not threads_of(lane))

    assert await lane.run(lambda: "answered", "next") == "answered"
    assert caplog.text.count("takes work again") == 1


async def test_a_lane_tries_again_when_calls_have_hung_for_long(end, monkeypatch):
    monkeypatch.setattr(lanes, "MOST_GIVEN_UP", 2)
    monkeypatch.setattr(lanes, "MEMORY", 0.3)
    lane = Lane("trying", size=1, deadline=0.05)
    for _ in range(2):
        await hang(lane, end)

    await asyncio.sleep(0.35)

    assert await lane.run(lambda: "answered", "next") == "answered"


async def test_calls_run_in_no_more_threads_than_the_lane_has():
    lane = Lane("wide", size=3, deadline=10)
    running, most = [], []

    def work():
        running.append(1)
        most.append(len(running))
        threading.Event().wait(0.01)
        running.pop()

    await asyncio.gather(*(lane.run(work, "work") for _ in range(50)))

    assert max(most) <= 3
    assert len(threads_of(lane)) <= 3


async def test_nothing_keeps_a_call_alive_that_has_ended():
    lane = Lane("freed", size=1, deadline=10)

    class Result:
        pass

    gone = weakref.ref(await lane.run(Result, "make"))
    await asyncio.sleep(0.05)
    gc.collect()

    assert gone() is None
