"""The installation that is calculated, the people who use it, and the curve of their day.

What people do is assumed, not measured; `docs/scale.md` says what twice and half as much changes.
"""

from __future__ import annotations

from dataclasses import dataclass

from realtime_notify.conf.entries import Settings
from realtime_notify.wire import heal

DEFAULTS = Settings()
HOURS = 24
CURVE = (
    *(0.38, 0.27, 0.21, 0.18, 0.18, 0.24, 0.38, 0.56),
    *(0.74, 0.87, 0.94, 0.96, 0.93, 0.90, 0.90, 0.90),
    *(0.90, 0.90, 0.92, 0.96, 1.00, 0.96, 0.80, 0.57),
)
"""The share of the peak that is connected at each hour of a day."""


@dataclass(frozen=True)
class Town:
    """An installation and its people."""

    connected: int = 1_000_000
    """People who are connected at the peak, each by one socket: tabs share one."""
    processes: int = 40
    shards: int = 1
    """Hosts of Redis, each with its share of the groups."""
    postgresql_cores: int = 32
    """Cores of the machine on which PostgreSQL runs."""
    visits: float = 4.0
    """Sockets that a connected person opens in an hour, by coming or by loading a page."""
    notifications: float = 1.0
    """Notifications in an hour for each person who is connected."""
    absent: float = 1.0
    """Notifications to people who are not connected, for each to somebody who is."""
    marks: float = 2.0
    """Commands that a connected person sends in an hour: read, seen, archive."""
    pooled: bool = True
    """Whether connections to PostgreSQL are kept, by a pool or a pooler."""
    slower: float = 1.0
    """How many times longer processors take than those of the measurements."""
    heal_interval: float = heal.INTERVAL_WITH_LAYER
    """Seconds between two heal queries while Redis works."""
    heal_interval_alone: float = heal.INTERVAL_ALONE
    """The same while it does not."""

    @property
    def each(self) -> float:
        """The connections of one process at the peak."""
        return self.connected / self.processes


MEAN = sum(CURVE) / HOURS
"""The share that is connected on average."""


def share_at(hour: float) -> float:
    """Return the share of the peak that is connected at an hour of the day."""
    first = int(hour) % HOURS
    part = hour - int(hour)
    return CURVE[first] + part * (CURVE[(first + 1) % HOURS] - CURVE[first])


def growth_at(hour: float) -> float:
    """Return by which share of the peak those who are connected become more in a second."""
    first = int(hour) % HOURS
    return (CURVE[(first + 1) % HOURS] - CURVE[first]) / 3600
