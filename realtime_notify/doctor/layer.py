"""The channel layer: whether a message that is sent arrives, and how long it takes."""

from __future__ import annotations

from collections.abc import Iterator

from asgiref.sync import async_to_sync

from realtime_notify.doctor.findings import Finding, error, warning, well
from realtime_notify.wire import probe
from realtime_notify.wire.probe import Diagnosis

PART = "layer"
SLOW = 0.25
"""Seconds on the way; within one network it takes a few thousandths."""
FULL = 0.5
"""Of PostgreSQL's queue of notifications. When it is full, no NOTIFY is accepted."""


def examine() -> Iterator[Finding]:
    """Send a message to this process through each host of the layer."""
    name = probe.layer_name()
    if not name:
        yield well(PART, "No channel layer is configured: there is nothing to ask.")
        return
    trips = async_to_sync(probe.round_trips)()
    diagnosis = async_to_sync(probe.diagnose)()
    seconds = [trip for trip in trips if isinstance(trip, float)]
    for number, trip in enumerate(trips, 1):
        if isinstance(trip, Exception):
            host = f"Host {number} of {len(trips)} of {name}" if len(trips) > 1 else name
            yield _silent(name, host, trip, diagnosis)
    if len(seconds) == len(trips):
        yield _arrived(name, len(trips), max(seconds))
    if diagnosis and diagnosis.queue_usage > FULL:
        yield _filling(name, diagnosis.queue_usage)


def _silent(name: str, host: str, failure: Exception, diagnosis: Diagnosis | None) -> Finding:
    why = f"{type(failure).__name__}: {failure}".rstrip(": .")
    if isinstance(failure, TimeoutError):
        why = "no message arrived"
    says = f"{host} does not carry a message within {probe.TIMEOUT:g} s: {why}."
    if diagnosis is None:
        advice = "See that its server runs, and that CHANNEL_LAYERS names the right address."
    elif diagnosis.is_pooled:
        advice = (
            "A pooler answers in place of PostgreSQL, and LISTEN hears nothing through one in "
            "transaction mode. Add a database alias that leads to PostgreSQL directly, or to a "
            "pool in session mode, and name it in CHANNEL_LAYERS['default']['CONFIG']['database']."
        )
    else:
        advice = "See that PostgreSQL runs, and that its log has no error of NOTIFY or LISTEN."
    meanwhile = "Until then notifications of other processes come with the heal query."
    return error(PART, says, f"{advice} {meanwhile}", layer=name, host=host)


def _arrived(name: str, hosts: int, seconds: float) -> Finding:
    through = name if hosts == 1 else f"each of the {hosts} hosts of {name}"
    says = f"A message through {through} arrives after {1000 * seconds:.1f} ms."
    values = {"layer": name, "hosts": hosts, "seconds": round(seconds, 4)}
    if seconds <= SLOW:
        return well(PART, says, **values)
    advice = "See whether its server is overloaded, or far away: it should be in the same network."
    return warning(PART, says, advice, **values)


def _filling(name: str, usage: float) -> Finding:
    return error(
        PART,
        f"PostgreSQL's queue of notifications is {usage:.0%} full.",
        "Some session that listens keeps a transaction open, and all notifications are kept for "
        "it: PostgreSQL's log names it. End it by pg_terminate_backend().",
        layer=name,
        queue_usage=usage,
    )
