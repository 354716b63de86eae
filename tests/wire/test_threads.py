"""Blocking calls in threads of their own."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

import pytest

from realtime_notify.wire.threads import in_thread

language: ContextVar[str] = ContextVar("language", default="en")


@pytest.mark.parametrize("pool", ["commands", "hub"])
async def test_a_call_runs_in_a_thread_of_its_pool(pool):
    thread = await in_thread(pool, threading.current_thread)

    assert thread.name.startswith(f"realtime-notify-{pool}")


async def test_a_call_has_the_context_of_its_caller():
    language.set("da")

    assert await in_thread("commands", language.get) == "da"


async def test_an_error_in_the_thread_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        await in_thread("hub", lambda: 1 / 0)


async def test_commands_that_block_do_not_delay_the_hub():
    end = threading.Event()
    commands = [asyncio.create_task(in_thread("commands", end.wait, 10)) for _ in range(50)]
    await asyncio.sleep(0)

    try:
        assert await asyncio.wait_for(in_thread("hub", lambda: "healed"), 5) == "healed"
        assert not any(command.done() for command in commands)
    finally:
        end.set()
    assert all(await asyncio.gather(*commands))
