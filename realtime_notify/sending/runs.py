"""Runs: sending until nothing is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from realtime_notify.sending.counts import Sent


def send_due(
    should_stop: Callable[[], bool] = lambda: False,
    *,
    medium: str | None = None,
    interval: int | None = None,
    now: datetime | None = None,
    dry_run: bool = False,
) -> Sent:
    """Send what is due, until nothing is left.

    Args:
        should_stop: asked before each message.
        medium: the name of a medium; None for all.
        interval: only messages of this interval, in minutes; None for all.
        now: the moment at which to be due; None for the present.
        dry_run: only count.

    Returns:
        What became of the messages.
    """
    return Sent()
