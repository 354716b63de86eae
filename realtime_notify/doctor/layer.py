"""The channel layer: whether a message that is sent arrives, and how long it takes."""

from __future__ import annotations

from collections.abc import Iterator

from asgiref.sync import async_to_sync

from realtime_notify.doctor.findings import Finding, error, warning, well
from realtime_notify.wire import probe

PART = "layer"
SLOW = 0.25
"""Seconds on the way; within one network it takes a few thousandths."""


def examine() -> Iterator[Finding]:
    """Send a message to this process, through the layer."""
    name = probe.layer_name()
    if not name:
        yield well(PART, "No channel layer is configured: there is nothing to ask.")
        return
    try:
        seconds = async_to_sync(probe.round_trip)()
    except Exception as failure:
        why = "no message arrived" if isinstance(failure, TimeoutError) else repr(failure)
        yield error(
            PART,
            f"{name} does not carry a message within {probe.TIMEOUT:g} s: {why}.",
            "See that Redis runs, and that CHANNEL_LAYERS names its address. Until then "
            "notifications of other processes come with the heal query.",
            layer=name,
        )
        return
    says = f"A message through {name} arrives after {1000 * seconds:.1f} ms."
    if seconds <= SLOW:
        yield well(PART, says, layer=name, seconds=round(seconds, 4))
        return
    advice = "See whether Redis is overloaded, or far away: it should be in the same network."
    yield warning(PART, says, advice, layer=name, seconds=round(seconds, 4))
