"""What is published to either server: the same notification, each in its own way."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any

from realtime_notify.wire.vocabulary import EventFields, Recipient, Thing

KEY = "bench/fanout"
CHANNEL = "bench.fanout"  # of Redis, for the server that knows no channel layer

Publish = Callable[[Any, int], Any]


def _fields(number: int) -> EventFields:
    reference: Thing = {"text": "Deploy 42", "url": "/deploys/42/", "type": "blog.post", "id": "42"}
    return {
        "key": KEY,
        "group": "",
        "level": "info",
        "message": f"Deploy {number} has finished without errors",
        "description": "",
        "url": "/deploys/42/",
        "image": "",
        "actor": {**reference, "text": "Ann"},
        "verb": "finished",
        "action_object": None,
        "target": reference,
        "data": {"n": number},
        "created": "2026-01-02T03:04:05.678Z",
    }


async def publish_stock(layer: Any, number: int) -> None:
    """Send one notification through the stock consumer's group."""
    from benchmarks.stock import GROUP

    item = {
        "id": number,
        "rev": number,
        "seq": number,
        "occurrences": 1,
        "read": False,
        "seen": False,
        "archived": False,
        "deleted": False,
        **_fields(number),
    }
    frame = {"rev": number, "unread": number, "unseen": number, "put": [item]}
    await layer.group_send(GROUP, {"type": "notification", "frame": frame})


def publish_ours(users: list[str]) -> Publish:
    """Return what sends one notification to these users as a delivery does."""
    from realtime_notify.keys import key_group

    async def publish(layer: Any, number: int) -> None:
        message = {"type": "rn.put", **_put(users, number), "origin": "bench"}
        await layer.group_send(key_group(KEY), message)

    return publish


def publish_plainly(users: list[str]) -> Publish:
    """Return what sends the same notification as JSON through Redis alone."""
    from redis.asyncio import Redis

    clients: dict[asyncio.AbstractEventLoop, Redis] = {}

    async def publish(layer: Any, number: int) -> None:
        loop = asyncio.get_running_loop()
        if loop not in clients:
            clients[loop] = Redis.from_url(os.environ["REDIS_URL"])
        await clients[loop].publish(CHANNEL, json.dumps(_put(users, number)))

    return publish


def _put(users: list[str], number: int) -> dict[str, Any]:
    from realtime_notify.wire import encoding

    body = encoding.event_body(_fields(number))
    to = [Recipient(user, number, number, number, 1, number, number) for user in users]
    return {"body": body, "to": to}
