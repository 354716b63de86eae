"""What is simulated, in the place of what is real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from channels.layers import channel_layers
from django.test import override_settings

from realtime_notify import budgets, clock
from realtime_notify.live import backend, greeting
from realtime_notify.testing.simulator.database import Database
from realtime_notify.testing.simulator.layer import LossyLayer
from realtime_notify.testing.simulator.loops import Timeline
from realtime_notify.wire import expiries, hub, outbound, pace, threads, timers

SETTINGS = {
    "PING_INTERVAL": 3.0,
    "SESSION_CHECK_INTERVAL": 10.0,
    "SEND_WINDOW_FRAMES": 8,
}
# Of the pace of greeting: so slow and so impatient that a dozen who come at once are a crowd.
BATCH = 2
FIRST_GUESS = 100.0
CROWD_PATIENCE = 0.02
SLOTS = 3  # ticks of a wheel in a round, which are most of what happens in a quiet process


class _NoSignals:
    """Instead of `GracefulShutdown`: no signal reaches a simulated process."""

    def __init__(self, drain: object) -> None:
        pass

    def install(self) -> None:
        """Do nothing."""

    def remove(self) -> None:
        """Do nothing."""


@contextmanager
def simulated(
    timeline: Timeline, wall: Callable[[], float], database: Database, layer: LossyLayer
) -> Iterator[None]:
    """Put the simulated clocks, database, layer and threads in the place of the real ones.

    It is all that a simulation replaces. The settings are its own too, and so are the sizes of
    windows, pages and batches: small, so that a few people are a crowd.

    Args:
        timeline: has the time that passes.
        wall: returns the time that a clock on the wall shows.
        database: in the place of the database.
        layer: in the place of the channel layer.
    """
    queue, before = outbound.queue, channel_layers.backends.get("default")
    budgets.forget()
    channel_layers.set("default", layer)
    try:
        with (
            override_settings(REALTIME_NOTIFY=SETTINGS),
            clock.replaced(timeline.time),
            patch.object(expiries, "time", wall),
            patch.multiple(pace, BATCH=BATCH, FIRST_GUESS=FIRST_GUESS, PATIENCE=CROWD_PATIENCE),
            patch.object(greeting, "BATCH", BATCH),
            patch.object(timers, "SLOTS", SLOTS),
            patch.multiple(
                backend,
                backend=database.backend,
                identify=database.identify,
                greetings=database.greetings,
                answer=database.answer,
            ),
            patch.object(threads, "lanes", threads.lanes),
            patch.object(hub, "GracefulShutdown", _NoSignals),
        ):
            yield
    finally:
        outbound.queue = queue
        budgets.forget()
        if before is None:
            channel_layers.backends.pop("default", None)
        else:
            channel_layers.set("default", before)
