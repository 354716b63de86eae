"""What no setting says: leases, rests and a deadline that a rehearsal can wait for."""

from __future__ import annotations

from datetime import timedelta

from django.apps import AppConfig

LEASE = timedelta(seconds=10)
"""A site's are three minutes long. A worker that the database never answers holds its own so long,
and after each round everybody waits for it."""
DEADLINE = 6.0
"""Seconds that a step of the worker may take; two minutes elsewhere."""
REST = 2.0
"""Seconds for which mail rests when the server is away: a minute at a site."""
FIRST, LONGEST = timedelta(seconds=1), timedelta(seconds=4)
"""How long a mail waits that was refused for now: half a minute at a site, and then longer."""


class TownConfig(AppConfig):
    """Shortens the waits of every process of the town."""

    name = "chaos"

    def ready(self) -> None:
        """Shorten them."""
        from realtime_notify.delivery import sweeping
        from realtime_notify.media.email import backend
        from realtime_notify.sending import backoff, leases, senders
        from realtime_notify.wire import waits

        sweeping.LEASE = LEASE
        leases.LEASE = LEASE
        waits.DEADLINE = DEADLINE
        senders.REST = backend.AWAY_SECONDS = REST
        backoff.FIRST, backoff.LONGEST = FIRST, LONGEST
