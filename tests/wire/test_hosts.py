"""Which host of a channel layer carries a group: Redis itself is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import redis
from channels.layers import InMemoryChannelLayer
from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer

from realtime_notify.wire.hosts import group_on_each, host_of
from tests.services import Redis


@pytest.fixture(scope="module")
def servers() -> Iterator[list[Redis]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Redis()) for _ in range(3)]


@pytest.mark.parametrize("kind", [RedisPubSubChannelLayer, RedisChannelLayer])
async def test_each_of_the_groups_is_on_the_host_of_its_place(
    servers: list[Redis], kind: Any
) -> None:
    layer = kind(hosts=[server.url for server in servers])
    channel = await layer.new_channel()
    groups = group_on_each(layer, "rn.test")

    for group in groups:
        await layer.group_add(group, channel)

    for number, (server, group) in enumerate(zip(servers, groups, strict=True)):
        assert host_of(layer, group) == number
        with redis.Redis.from_url(server.url) as admin:
            held = [*admin.keys(), *admin.pubsub_channels()]
            assert [name for name in held if group.encode() in name]
    await layer.flush()


async def test_any_other_layer_has_one_host() -> None:
    layer = InMemoryChannelLayer()

    assert group_on_each(layer, "rn.test") == ["rn.test.0"]
    assert host_of(layer, "any") == 0
