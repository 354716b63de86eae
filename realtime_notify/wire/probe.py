"""One message through the channel layer and back, for whoever wants to know whether it carries."""

from __future__ import annotations

import asyncio
import time
import uuid

from channels.layers import get_channel_layer

TIMEOUT = 5.0


def layer_name() -> str:
    """Return the class of the configured channel layer; "" if there is none."""
    layer = get_channel_layer()
    return "" if layer is None else f"{type(layer).__module__}.{type(layer).__qualname__}"


async def round_trip() -> float:
    """Send a message to a group that only this call has joined, and wait until it arrives.

    Returns:
        The seconds from sending to arrival.

    Raises:
        TimeoutError: it did not arrive in time.
        Exception: what the layer raised.
    """
    layer = get_channel_layer()
    group, name = f"rn.probe.{uuid.uuid4().hex}", uuid.uuid4().hex
    async with asyncio.timeout(TIMEOUT):
        channel = await layer.new_channel()
        await layer.group_add(group, channel)
    try:
        began = time.perf_counter()
        async with asyncio.timeout(TIMEOUT):
            await layer.group_send(group, {"type": "rn.probe", "name": name})
            while (await layer.receive(channel)).get("name") != name:
                pass
        return time.perf_counter() - began
    finally:
        async with asyncio.timeout(TIMEOUT):
            await layer.group_discard(group, channel)
