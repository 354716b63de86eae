"""What no setting says: leases and a deadline that a rehearsal can wait for."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig

LEASE = timedelta(seconds=10)
"""A site's are three minutes long. A worker that the database never answers holds its own so long,
and after each round everybody waits for it."""

DEADLINE = 6.0
"""Seconds that a step of the worker may take; two minutes elsewhere."""


class TownConfig(AppConfig):
    """Shortens the leases and the deadline of every process of the town."""

    name = "chaos"

    def ready(self) -> None:
        """Shorten them."""
        from realtime_notify.delivery import sweeping
        from realtime_notify.sending import leases
        from realtime_notify.wire import waits

        sweeping.LEASE = LEASE
        leases.LEASE = LEASE
        waits.DEADLINE = DEADLINE
