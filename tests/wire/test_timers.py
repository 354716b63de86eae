"""The timer that all connections share."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter

from realtime_notify.wire.timers import TimerWheel
from tests.wire.conftest import until


@contextlib.asynccontextmanager
async def turning(wheel):
    task = asyncio.create_task(wheel.run())
    try:
        yield
    finally:
        task.cancel()


async def test_every_member_is_called_in_each_round():
    calls = Counter()
    wheel = TimerWheel(0.05, calls.update)
    for member in ("one", "two"):
        wheel.add(member)

    async with turning(wheel):
        await until(lambda: calls["one"] >= 2)

    assert calls["one"] == calls["two"]


async def test_a_new_member_is_not_called_before_its_first_round_is_over():
    calls = Counter()
    wheel = TimerWheel(0.1, calls.update)
    wheel.add("early")

    async with turning(wheel):
        await asyncio.sleep(0.03)
        wheel.add("late")
        await until(lambda: calls["early"])
        assert not calls["late"]
        await until(lambda: calls["late"])


async def test_a_discarded_member_is_not_called():
    calls = Counter()
    wheel = TimerWheel(0.05, calls.update)
    for member in ("kept", "discarded"):
        wheel.add(member)
    wheel.discard("discarded")
    wheel.discard("never added")

    async with turning(wheel):
        await until(lambda: calls["kept"])

    assert set(calls) == {"kept"}


async def test_a_wheel_with_an_interval_of_zero_does_not_run():
    calls = Counter()
    wheel = TimerWheel(0, calls.update)
    wheel.add("one")

    await asyncio.wait_for(wheel.run(), 1)

    assert not calls
