"""What should not grow: chunks towards the end of a large audience, events late in a history."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import connection

from benchmarks.delivery.ground import ALL, SOME
from benchmarks.delivery.measuring import Figure, at_most, timed
from realtime_notify import notify
from realtime_notify.conf import settings
from realtime_notify.delivery import deliver
from realtime_notify.models import Event, Inbox, Notification

EVENTS = 24
EDGE = 10
"""Chunks at the beginning and at the end that are compared."""


def million(people: int) -> Iterator[Figure]:
    """Deliver one event to everybody, chunk by chunk."""
    actor = User.objects.get(pk=1)
    event, seconds = _notify(actor)
    yield at_most(f"`notify()` to {people:,} subscribers returns after", seconds, 0.3)
    chunks: list[float] = []
    began = time.perf_counter()
    is_complete = False
    while not is_complete:
        before = time.perf_counter()
        is_complete = deliver(event, limit=settings.CHUNK_SIZE)
        chunks.append(time.perf_counter() - before)
    total = time.perf_counter() - began
    event.refresh_from_db()
    rows = Notification.objects.filter(event=event).count()
    yield Figure(f"delivered to {rows:,} people, by one worker", f"{total:.1f} s")
    yield Figure("people a second", f"{rows / total:,.0f}")
    first, last = (statistics.median(edge) for edge in (chunks[:EDGE], chunks[-EDGE - 1 : -1]))
    yield Figure("a chunk at the beginning", f"{first * 1000:.0f} ms")
    yield Figure("a chunk at the end", f"{last * 1000:.0f} ms")
    yield at_most("the last chunks over the first", last / first, 1.5, " times")
    yield from _sizes(rows)


def _notify(actor: User) -> tuple[Event, float]:
    """Notify everybody; return the event without what was delivered at once, and the wait."""
    before = time.perf_counter()
    event = notify("Hello, everybody", ALL, actor=actor)
    seconds = time.perf_counter() - before
    return Event.objects.get(pk=event.pk), seconds


def _sizes(rows: int) -> Iterator[Figure]:
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for model, what in ((Notification, "notification"), (Inbox, "inbox")):
            table = model._meta.db_table
            cursor.execute(
                "SELECT pg_table_size(%s), pg_indexes_size(%s), n_dead_tup"
                " FROM pg_stat_user_tables WHERE relname = %s",
                [table, table, table],
            )
            table_size, index_size, dead = cursor.fetchone()
            count = model._default_manager.count()
            yield Figure(f"bytes: a row of {what}", f"{table_size / count:.0f}")
            yield Figure(f"bytes: its index entries, {what}", f"{index_size / count:.0f}")
            yield Figure(f"dead rows of {what}, before the vacuum", f"{dead:,}")


def history() -> Iterator[Figure]:
    """Deliver many events of one type, without ANALYZE between them."""
    _without_autovacuum()
    totals, statements = [], []
    for number in range(EVENTS + 1):  # the first makes inboxes, and is not counted
        event = notify(f"Number {number}", SOME)
        with timing() as times:
            totals.append(timed(partial(deliver, event)))
        statements.append(times)
    totals, statements = totals[1:], statements[1:]
    # Three at each end: one alone says as much about the machine as about the history.
    first, last = (statistics.median(edge) for edge in (totals[:3], totals[-3:]))
    yield Figure("event 1 of a type", f"{first:.2f} s")
    yield at_most(f"event {EVENTS} of a type over the first", last / first, 1.3, " times")
    medians = [
        {name: statistics.median(one.get(name, 0) for one in edge) for name in statements[0]}
        for edge in (statements[:3], statements[-3:])
    ]
    grown = {
        name: medians[1][name] / seconds
        for name, seconds in medians[0].items()
        if seconds > first / 50
    }
    worst = max(grown, key=grown.__getitem__)
    yield at_most(f"its slowest-grown statement (`{worst}`)", grown[worst], 1.3, " times")


def _without_autovacuum() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in (Notification, Event, Inbox):
                cursor.execute(
                    f"ALTER TABLE {model._meta.db_table} SET (autovacuum_enabled = false)"
                )


@contextmanager
def timing() -> Iterator[dict[str, float]]:
    """Add up the seconds of each kind of statement, as the caller waits for it."""
    times: dict[str, float] = defaultdict(float)

    def execute(run: Callable[..., Any], sql: str, *rest: Any) -> Any:
        before = time.perf_counter()
        try:
            return run(sql, *rest)
        finally:
            times[kind(sql)] += time.perf_counter() - before

    with connection.execute_wrapper(execute):
        yield times


def kind(sql: str) -> str:
    """Return what tells a statement from the others of a chunk: its verb and its first tables."""
    words = sql.replace('"', "").replace("`", "").replace("(", " ").split()
    verb = words[0].upper()
    tables: list[str] = []
    for word in words:
        table = word.split(".")[0]
        if table.startswith(("realtime_notify_", "auth_", "django_")) and table not in tables:
            tables.append(table)
    short = [table.removeprefix("realtime_notify_") for table in tables[:2]]
    locked = " lock" if " FOR " in sql.upper() and verb == "SELECT" else ""
    return " ".join([verb, *short]) + locked


def profile() -> Iterator[Figure]:
    """Say where the time of a delivery goes, statement by statement."""
    deliver(notify("Warm", SOME))
    event = notify("Profiled", SOME)
    with timing() as times:
        total = timed(lambda: deliver(event))
    for name, seconds in sorted(times.items(), key=lambda one: -one[1]):
        yield Figure(f"profile: `{name}`", f"{seconds / total:.0%}")
    yield Figure("profile: Python, outside of statements", f"{1 - sum(times.values()) / total:.0%}")
