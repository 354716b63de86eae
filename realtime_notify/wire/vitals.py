"""How a hub is, for those who watch it."""

from __future__ import annotations

from typing import NamedTuple


class Vitals(NamedTuple):
    """How a hub is. Reading it is safe in any thread, and costs nothing."""

    users: int
    """Users with a greeted connection."""
    connections: int
    """Greeted connections."""
    draining: bool
    """Whether connections are refused, because the process is about to stop."""
    heal_age: float
    """Seconds since the last heal query that compared everybody with the database began."""
    heal_late: bool
    """Whether that is longer ago than is promised."""
    layer_works: bool | None
    """Whether the last probe of the channel layer came back; None without one that is probed."""
