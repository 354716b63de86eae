"""What no setting says: leases that a rehearsal can wait for."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig

LEASE = timedelta(seconds=10)
"""A site's are three minutes long. A worker that the database never answers holds its own so long,
and after each round everybody waits for it."""


class TownConfig(AppConfig):
    """Shortens the leases of every process of the town."""

    name = "chaos"

    def ready(self) -> None:
        """Shorten them."""
        from realtime_notify.delivery import sweeping
        from realtime_notify.sending import leases

        sweeping.LEASE = LEASE
        leases.LEASE = LEASE
