"""Groups are left for good, whatever the layer has been through: Redis itself is asked."""

from __future__ import annotations

import asyncio
import time

import pytest
import redis
from channels_redis.pubsub import RedisPubSubChannelLayer

from realtime_notify.wire import layer as receiving
from realtime_notify.wire.layer import LayerReceiver
from tests.services import Redis

PATIENCE = 20.0


@pytest.fixture(scope="module")
def server():
    with Redis() as server:
        yield server


@pytest.fixture
async def receiver(server, monkeypatch, settings):
    """A receiver that soon gives up, and soon tries again."""
    monkeypatch.setattr(receiving, "CALL_TIMEOUT", 0.5)
    monkeypatch.setattr(receiving, "RETRY_DELAY", 0.1)
    settings.REALTIME_NOTIFY = {"PROBE_INTERVAL": 0.1}
    layer = RedisPubSubChannelLayer(hosts=[server.url])
    receiver = LayerReceiver(layer, lambda message: None, lambda anew: None)
    tasks = [asyncio.create_task(task()) for task in receiver.tasks()]
    yield receiver
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await receiver.close()
    await layer.flush()


def groups_in(server):
    with redis.Redis(port=server.port) as admin:
        names = {name.decode().rpartition("__")[2] for name in admin.pubsub_channels("*group*")}
    return names & {"here", "gone"}


async def until(holds):
    def wait():
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    await asyncio.to_thread(wait)


@pytest.mark.parametrize("left", ["during", "after"])
async def test_a_group_is_left_in_redis_though_redis_was_silent(server, receiver, left):
    receiver.subscribe(["here", "gone"])
    await until(lambda: groups_in(server) == {"here", "gone"} and receiver.works)

    server.pause()
    if left == "during":
        receiver.unsubscribe(["gone"])
    await until(lambda: not receiver.works)
    await asyncio.sleep(1.5)  # long enough to take another channel
    server.resume()
    await until(lambda: receiver.works)
    if left == "after":
        receiver.unsubscribe(["gone"])

    await until(lambda: groups_in(server) == {"here"})
