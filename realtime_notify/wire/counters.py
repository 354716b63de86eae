"""What this process has done since it started, in plain numbers.

Whoever does it adds to them on the event loop: ``counters.greeted += 1``. Nothing here knows who
reads them; `realtime_notify.monitoring` shows them to Prometheus.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from time import time

LATENCIES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The upper bounds of the buckets of a histogram of seconds."""


class Histogram:
    """How many observed times fell into each bucket, and their sum."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(LATENCIES) + 1)
        """By bucket: how many were at most its bound and above the bound before. The last bucket
        has no bound."""
        self.total = 0.0
        """The sum of all observed times, in seconds."""

    def observe(self, seconds: float) -> None:
        """Count a time."""
        self.counts[bisect_left(LATENCIES, seconds)] += 1
        self.total += seconds


@dataclass(slots=True)
class Counters:
    """Numbers that only grow, except for `waiting_hellos`."""

    greeted: int = 0
    """Hellos that were answered with the state of the inbox."""
    waiting_hellos: int = 0
    """Hellos that wait for their answer now."""
    refused: Counter[int] = field(default_factory=Counter)
    """Sockets that were sent away before their hello was answered, by close code."""
    closed: Counter[int] = field(default_factory=Counter)
    """Greeted connections that the server closed, by close code."""
    errors: Counter[str] = field(default_factory=Counter)
    """Frames that were answered with an error, by error code."""
    commands: Counter[str] = field(default_factory=Counter)
    """Commands that were carried out, by name. A `sync` is a browser that missed something."""
    resets: int = 0
    """Answers that made a browser start afresh, with a new first page."""
    pushes: int = 0
    """Messages of deliveries that reached this process."""
    deliveries: int = 0
    """Notifications that were handed to a connection."""
    push_latency: Histogram = field(default_factory=Histogram)
    """From the sending of a push, after its commit, to its hand-over to the connections here: by
    the clocks of the two machines. A push that seems to come from the future took no time."""
    conflated: int = 0
    """Pushes that were dropped for readers who were held; they get the newest rev instead."""
    heals: int = 0
    """Heal queries that came back."""
    healed: int = 0
    """Connections that had missed something, found by the heal query."""
    probes_failed: int = 0
    """Probes of the channel layer that did not come back."""
    deadlines: Counter[str] = field(default_factory=Counter)
    """Calls of the database that did not come back in time, by lane; each gave up its thread."""
    limited: Counter[str] = field(default_factory=Counter)
    """What a limit refused, by the name of its setting."""

    def push_arrived(self, sent_at: float | None) -> None:
        """Count a message of a delivery, once the connections here have it.

        Args:
            sent_at: when it was sent, in seconds since the epoch; None if the message does not say.
        """
        self.pushes += 1
        if sent_at is not None:
            self.push_latency.observe(max(0.0, time() - sent_at))


counters = Counters()
"""The counters of this process."""
