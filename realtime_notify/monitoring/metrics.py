"""What this process shows to Prometheus. Needs the package prometheus-client.

The numbers are read when Prometheus asks for them: `realtime_notify.wire.counters` has what has
happened, and the hubs know how they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from realtime_notify import __version__
from realtime_notify.monitoring.promises import Overdue, overdue
from realtime_notify.wire.counters import LATENCIES, Histogram, counters
from realtime_notify.wire.hub import running_hubs
from realtime_notify.wire.protocol import Close

PREFIX = "realtime_notify"


class NotifyCollector(Collector):
    """The metrics of this process, for a registry of prometheus-client.

    A project that has a registry of its own registers it there::

        REGISTRY.register(NotifyCollector())

    Args:
        overdue: returns what is overdue, which all processes share; None leaves it out.
    """

    def __init__(self, overdue: Callable[[], Overdue | None] = overdue) -> None:
        self._overdue = overdue

    def describe(self) -> Iterable[Metric]:
        """Return nothing: to register a collector must not query the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every metric, as it is now."""
        yield _gauge("info", "The version of this package.", {__version__: 1}, "version")
        yield from _of_hubs()
        yield from _of_greeting()
        yield from _of_pushes()
        yield from _of_repairs()
        if (found := self._overdue()) is not None:
            yield _gauge("overdue_events", "Events whose delivery is overdue.", found.events)
            yield _gauge(
                "overdue_seconds", "How long the first of them has been due.", found.seconds
            )
            yield from _of_queues(found)


def _of_queues(found: Overdue) -> Iterator[Metric]:
    """Yield the metrics of messages by other media than the inbox, if there are any."""
    if not found.queues:
        return
    due, seconds, dead = (
        {medium: float(queue[place]) for medium, queue in found.queues.items()}
        for place in range(3)
    )
    yield _gauge("messages_due", "Messages that are due.", due, "medium")
    doc = "How long the first of them has been due."
    yield _gauge("messages_overdue_seconds", doc, seconds, "medium")
    yield _gauge("messages_dead", "Messages that were given up.", dead, "medium")
    doc = "Messages of the last minute, by what became of them."
    yield _gauge("messages_finished", doc, found.finished, "state")


def exposition(overdue: Overdue | None, accept: str) -> tuple[bytes, str]:
    """Return the metrics of this process as Prometheus reads them.

    Args:
        overdue: the overdue deliveries; None if the database did not tell.
        accept: the request's header `Accept`.

    Returns:
        The body of the response, and its content type.
    """
    registry = CollectorRegistry()
    registry.register(NotifyCollector(lambda: overdue))
    ProcessCollector(registry=registry)
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def _of_hubs() -> Iterator[Metric]:
    vitals = [hub.vitals() for hub in running_hubs()]
    yield _gauge("connections", "Greeted connections.", sum(hub.connections for hub in vitals))
    yield _gauge("users", "Users with a greeted connection.", sum(hub.users for hub in vitals))
    groups = sum(hub.groups for hub in vitals)
    yield _gauge("groups", "Groups of the channel layer that this process is in.", groups)
    draining = any(hub.draining for hub in vitals)
    yield _gauge("draining", "1 while the process is about to stop.", draining)
    # Without a hub nobody is there to be healed, and a graph has a gap.
    if vitals:
        age = max(hub.heal_age for hub in vitals)
        yield _gauge("heal_age_seconds", "Seconds since the last heal query.", age)
        late = any(hub.heal_late for hub in vitals)
        yield _gauge("heal_late", "1 while the heal query is later than is promised.", late)
    probed = [hub.layer_works for hub in vitals if hub.layer_works is not None]
    if probed:
        yield _gauge("layer_up", "1 while probes of the channel layer come back.", all(probed))


def _of_greeting() -> Iterator[Metric]:
    yield _counter("greeted", "Hellos that were answered.", counters.greeted)
    waiting = counters.waiting_hellos
    yield _gauge("waiting_hellos", "Hellos that wait for their answer.", waiting)
    refused = _by_reason(counters.refused)
    yield _counter("refused", "Sockets that were sent away ungreeted.", refused, "reason")
    closed = _by_reason(counters.closed)
    yield _counter("closed", "Greeted connections the server closed.", closed, "reason")
    yield _counter("errors", "Frames answered with an error.", counters.errors, "code")
    yield _counter("limited", "What a limit refused, by setting.", counters.limited, "setting")
    yield _counter("commands", "Commands that were carried out.", counters.commands, "command")


def _of_pushes() -> Iterator[Metric]:
    yield _counter("pushes", "Messages of deliveries that arrived.", counters.pushes)
    yield _counter("deliveries", "Notifications handed to connections.", counters.deliveries)
    yield _histogram(
        "push_latency_seconds",
        "From the sending of a push, after the commit, to its hand-over to connections.",
        counters.push_latency,
    )
    conflated = counters.conflated
    yield _counter("conflated", "Pushes dropped for readers who do not read.", conflated)


def _of_repairs() -> Iterator[Metric]:
    yield _counter("heals", "Heal queries that came back.", counters.heals)
    yield _counter("healed", "Connections that had missed something.", counters.healed)
    yield _counter("resets", "Answers that made a browser start afresh.", counters.resets)
    failed = counters.probes_failed
    yield _counter("probes_failed", "Probes of the channel layer that were lost.", failed)
    given_up = counters.deadlines
    yield _counter("deadlines", "Calls of the database that were given up.", given_up, "lane")


Values = float | Mapping[str, float] | Counter[str]


def _gauge(name: str, doc: str, values: Values, label: str | None = None) -> Metric:
    return _filled(GaugeMetricFamily, name, doc, values, label)


def _counter(name: str, doc: str, values: Values, label: str | None = None) -> Metric:
    return _filled(CounterMetricFamily, name, doc, values, label)


def _filled(
    kind: type[GaugeMetricFamily] | type[CounterMetricFamily],
    name: str,
    doc: str,
    values: Values,
    label: str | None,
) -> Metric:
    family = kind(f"{PREFIX}_{name}", doc, labels=[label] if label else [])
    if isinstance(values, Mapping):
        for key, value in tuple(values.items()):  # the loop may add to it meanwhile
            family.add_metric([key], value)
    else:
        family.add_metric([], float(values))
    return family


def _histogram(name: str, doc: str, values: Histogram) -> Metric:
    bounds = [*map(str, LATENCIES), "+Inf"]
    buckets = list(zip(bounds, accumulate(values.counts), strict=True))
    return HistogramMetricFamily(f"{PREFIX}_{name}", doc, buckets, sum_value=values.total)


def _by_reason(codes: Counter[int]) -> dict[str, int]:
    return {Close(code).name.lower(): count for code, count in tuple(codes.items())}
