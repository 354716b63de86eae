"""Sockets in the test's own process, and a channel layer that records."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from realtime_notify.wire import outbound, threads
from tests.sockets import browse, layer_is, swift, tune
from tests.wire.readers import Reader

__all__ = ["browse", "swift", "tune"]


async def until(condition: Callable[[], object]) -> None:
    """Let the event loop run until a condition holds, however busy the machine is."""
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("The condition did not hold within 10 s.")


class Recorder:
    """A channel layer that records what it is given, after a delay."""

    extensions = ("groups",)

    def __init__(self, delay: float = 0.0, error: Exception | None = None) -> None:
        self.sent: list[tuple[str, dict]] = []
        self.delay = delay
        self.error = error
        self.loops: set[int] = set()

    async def group_send(self, group, message):
        self.loops.add(id(asyncio.get_running_loop()))
        await asyncio.sleep(self.delay)
        if self.error:
            raise self.error
        self.sent.append((group, message))


@pytest.fixture
def recorder(monkeypatch):
    recorder = Recorder()
    # What threads and the queue of an earlier test have left would be sent to the recorder.
    threads.finish(5)
    outbound.queue.flush(5)
    monkeypatch.setattr(outbound, "queue", outbound.OutboundQueue())
    with layer_is(recorder):
        yield recorder


@pytest.fixture(params=["asgi", "raw"])
async def reader(request):
    """A reader whose server has no raw writer, and one whose server has one."""
    return Reader(raw=request.param == "raw")
