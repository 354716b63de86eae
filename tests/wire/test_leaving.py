"""Groups that nobody needs any more are left, whatever has become of the channel meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
import redis
from channels_redis.pubsub import RedisPubSubChannelLayer

from realtime_notify.wire.layer import LayerReceiver
from realtime_notify.wire.supervision import keep_running
from tests.wire.conftest import until

GROUPS = ["rn.left.one", "rn.left.two"]


@pytest.fixture
async def receiver(shared_redis):
    """A receiver on a real Redis, with its tasks running."""
    layer = RedisPubSubChannelLayer(hosts=[shared_redis.url])
    receiver = LayerReceiver(layer, lambda message: None, lambda anew: None)
    tasks = [asyncio.create_task(keep_running(work)) for work in receiver.tasks()]
    yield receiver
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await receiver.close()
    await layer.flush()


def held(server):
    """Return which of the groups Redis knows a subscriber of."""
    with redis.Redis.from_url(server.url) as admin:
        names = b" ".join(admin.pubsub_channels()).decode()
    return [group for group in GROUPS if group in names]


async def test_a_group_that_was_joined_with_a_channel_that_was_given_up(receiver, shared_redis):
    receiver.subscribe(GROUPS)
    await until(lambda: held(shared_redis) == GROUPS)

    await receiver.close()
    receiver._rejoin_all()
    await until(lambda: len(receiver._joined) == 2)
    receiver.unsubscribe(GROUPS)

    await until(lambda: not held(shared_redis))


async def test_a_group_that_was_to_be_left_when_all_are_joined_anew(receiver, shared_redis):
    receiver.subscribe(GROUPS)
    await until(lambda: held(shared_redis) == GROUPS)

    receiver.unsubscribe(GROUPS)
    receiver._rejoin_all()

    await until(lambda: not held(shared_redis))
