"""What the doctor says of the channel layer."""

from __future__ import annotations

from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer
from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer

from realtime_notify.doctor import Severity, layer
from realtime_notify.wire import probe
from tests.services import Redis
from tests.sockets import layer_is


@pytest.mark.parametrize("kind", [RedisPubSubChannelLayer, RedisChannelLayer])
def test_a_message_through_redis_arrives_with_its_time(shared_redis: Redis, kind: Any) -> None:
    with layer_is(kind(hosts=[shared_redis.url])):
        (finding,) = layer.examine()

    assert finding.severity is not Severity.ERROR, finding
    assert finding.values["layer"].endswith(kind.__name__)
    assert 0 < finding.values["seconds"] < probe.TIMEOUT


def test_a_redis_that_is_down_is_an_error(redis_server: Redis) -> None:
    url = redis_server.url
    redis_server.close()

    with layer_is(RedisPubSubChannelLayer(hosts=[url])):
        (finding,) = layer.examine()

    assert finding.severity is Severity.ERROR
    assert "does not carry a message" in finding.says
    assert "CHANNEL_LAYERS" in finding.advice


class Deaf(InMemoryChannelLayer):  # type: ignore[misc]
    """Takes messages, and delivers none."""

    async def group_send(self, group: str, message: Any) -> None: ...


def test_a_layer_that_delivers_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "TIMEOUT", 0.1)

    with layer_is(Deaf()):
        (finding,) = layer.examine()

    assert finding.severity is Severity.ERROR
    assert finding.says.endswith("no message arrived.")


def test_a_site_without_a_layer_has_none_to_ask(settings: Any) -> None:
    settings.CHANNEL_LAYERS = {}

    assert [finding.severity for finding in layer.examine()] == [Severity.OK]
