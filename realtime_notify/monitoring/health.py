"""Whether this process does its work: what a load balancer asks, and what restarts it."""

from __future__ import annotations

import logging
from time import monotonic
from typing import NamedTuple

from django.db import Error, connections, router

from realtime_notify.journal import Condition
from realtime_notify.models import Event
from realtime_notify.wire.hub import running_hubs
from realtime_notify.wire.threads import DatabaseSilent, in_thread

logger = logging.getLogger(__name__)

FRESH = 1.0
"""Seconds for which an answer of the database counts: however often is asked, it is asked once."""


class Health(NamedTuple):
    """How this process is."""

    problems: list[str]
    """A sentence for each reason why it should get no visitors now; none if it is ready."""
    heal_age: float | None
    """Seconds since the last heal query. None if the process has no hub: it serves no sockets, or
    nobody has opened one yet."""


async def health() -> Health:
    """Return how this process is. It waits for the database a few seconds at most."""
    vitals = [hub.vitals() for hub in running_hubs()]
    problems = [] if await _database_answers() else ["The database does not answer."]
    if any(hub.draining for hub in vitals):
        problems.append("The process is about to stop.")
    problems += [
        f"The last heal query came back {hub.heal_age:.0f} s ago."
        for hub in vitals
        if hub.heal_late
    ]
    return Health(problems, max((round(hub.heal_age, 1) for hub in vitals), default=None))


async def _database_answers() -> bool:
    global _asked_at
    if monotonic() - _asked_at > FRESH:
        _asked_at = monotonic()
        try:
            await in_thread("monitoring", _ask)
        except (Error, DatabaseSilent) as error:
            _silent.begin(f"{type(error).__name__}: {error}".strip())
        else:
            _silent.end()
    return not _silent.lasts


def _ask() -> None:
    with connections[router.db_for_write(Event)].cursor() as cursor:
        cursor.execute("SELECT 1")


_asked_at = -FRESH
_silent = Condition(
    logger,
    "The database does not answer (%s): this process asks for no new visitors.",
    "The database answers again.",
    level=logging.ERROR,
)
