"""How a hub is, for those who watch it."""

from __future__ import annotations

from collections.abc import Sized
from typing import NamedTuple, Self

from realtime_notify.clock import monotonic
from realtime_notify.wire.drain import Drain
from realtime_notify.wire.heal import Healer
from realtime_notify.wire.layer import LayerReceiver


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
    groups: int
    """Groups of the channel layer that this hub wants to be in."""
    layer_works: bool | None
    """Whether the last probe of the channel layer came back; None without one that is probed."""

    @classmethod
    def of(
        cls, users: Sized, connections: Sized, drain: Drain, healer: Healer, layer: LayerReceiver
    ) -> Self:
        """Return how a hub is that has these parts."""
        return cls(
            users=len(users),
            connections=len(connections),
            draining=drain.begun,
            heal_age=monotonic() - healer.healed_at,
            heal_late=healer.age() is not None,
            groups=layer.groups,
            layer_works=layer.works,
        )
