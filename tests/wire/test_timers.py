"""The timer that all connections share."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter

from realtime_notify.wire.timers import TimerWheel


async def turn(wheel, seconds):
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(wheel.run(), seconds)


async def test_every_member_is_called_in_each_round():
    calls = Counter()
    wheel = TimerWheel(0.05, calls.update)
    for member in ("one", "two"):
        wheel.add(member)

    await turn(wheel, 0.3)

    assert calls["one"] == calls["two"] >= 1


async def test_a_new_member_is_not_called_before_its_first_round_is_over():
    calls = Counter()
    wheel = TimerWheel(60, calls.update)
    wheel.add("one")

    await turn(wheel, 0.05)

    assert not calls


async def test_a_discarded_member_is_not_called():
    calls = Counter()
    wheel = TimerWheel(0.05, calls.update)
    for member in ("kept", "discarded"):
        wheel.add(member)
    wheel.discard("discarded")
    wheel.discard("never added")

    await turn(wheel, 0.3)

    assert set(calls) == {"kept"}


async def test_a_wheel_with_an_interval_of_zero_does_not_run():
    calls = Counter()
    wheel = TimerWheel(0, calls.update)
    wheel.add("one")

    await asyncio.wait_for(wheel.run(), 1)

    assert not calls
