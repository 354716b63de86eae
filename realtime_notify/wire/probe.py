"""A message through the channel layer and back, for whoever wants to know whether it carries."""

from __future__ import annotations

import asyncio
import time
import uuid
from contextlib import suppress
from typing import Any, NamedTuple

from channels.layers import get_channel_layer

from realtime_notify.wire import hosts

TIMEOUT = 5.0
TRIES = 8


class Diagnosis(NamedTuple):
    """What the layer on PostgreSQL tells of its database, by its method `diagnose()`."""

    is_pooled: bool
    """Whether a pooler such as PgBouncer answers in place of PostgreSQL."""
    queue_usage: float
    """How full PostgreSQL's queue of notifications is, from 0 to 1."""


def layer_name() -> str:
    """Return the class of the configured channel layer; "" if there is none."""
    layer = get_channel_layer()
    return "" if layer is None else f"{type(layer).__module__}.{type(layer).__qualname__}"


async def round_trips() -> list[float | Exception]:
    """Send a message through each host of the layer, to groups that only this call has joined.

    Returns:
        For each host the seconds from sending to arrival, or why it did not arrive: TimeoutError,
        or what the layer raised.
    """
    layer: Any = get_channel_layer()
    groups = hosts.group_on_each(layer, f"rn.probe.{uuid.uuid4().hex}")
    return [await _round_trip(layer, group) for group in groups]


async def diagnose() -> Diagnosis | None:
    """Return what the layer tells of itself; None if it tells nothing, or cannot."""
    layer: Any = get_channel_layer()
    if not hasattr(type(layer), "diagnose"):
        return None
    try:
        async with asyncio.timeout(TIMEOUT):
            diagnosis: Diagnosis = await layer.diagnose()
            return diagnosis
    except Exception:
        return None


async def _round_trip(layer: Any, group: str) -> float | Exception:
    try:
        channel = await _open(layer)
        async with asyncio.timeout(TIMEOUT):
            await layer.group_add(group, channel)
            began = time.perf_counter()
            await layer.group_send(group, {"type": "rn.probe", "group": group})
            while (await layer.receive(channel)).get("group") != group:
                pass
            seconds = time.perf_counter() - began
            await layer.group_discard(group, channel)
            return seconds
    except Exception as error:
        return error


async def _open(layer: Any) -> str:
    """Return a new channel. That is on a host too, which may be the dead one: the next is not."""
    for _ in range(TRIES - 1):
        with suppress(Exception):
            return await _new_channel(layer)
    return await _new_channel(layer)


async def _new_channel(layer: Any) -> str:
    async with asyncio.timeout(TIMEOUT / TRIES):
        return str(await layer.new_channel())
