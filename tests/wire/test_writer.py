"""The task that writes for every connection."""

from __future__ import annotations

import asyncio

from realtime_notify.wire.writer import Writer
from tests.wire.conftest import until


class Page:
    """Notes in a log that it was written, once it is no longer held up."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name, self.log = name, log
        self.free = asyncio.Event()
        self.free.set()

    def flush(self) -> bool:
        return False

    async def write(self) -> None:
        await self.free.wait()
        self.log.append(self.name)


async def test_connections_are_written_in_their_order_and_not_at_once():
    writer, log = Writer(), []
    for name in "abc":
        writer.add(Page(name, log))
    assert log == []

    await until(lambda: len(log) == 3)

    assert log == ["a", "b", "c"]


async def test_a_connection_that_makes_the_writer_wait_delays_no_other():
    writer, log = Writer(), []
    slow = Page("slow", log)
    slow.free.clear()
    for page in (slow, Page("first", log), Page("second", log)):
        writer.add(page)

    await until(lambda: len(log) == 2)
    assert log == ["first", "second"]

    slow.free.set()
    await until(lambda: len(log) == 3)
    assert log == ["first", "second", "slow"]


async def test_a_writer_that_was_idle_writes_again():
    writer, log = Writer(), []
    writer.add(Page("early", log))
    await until(lambda: log == ["early"])

    writer.add(Page("late", log))
    await until(lambda: len(log) == 2)

    assert log == ["early", "late"]
