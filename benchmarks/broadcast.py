"""A broadcast: what it costs to send, to bring to open browsers, and to take in with a greeting.

    python -m benchmarks.broadcast [--people 1000000] [--connected 5000]

The subscribers are made in a PostgreSQL of its own. Nobody is really connected: the calls are those
that a server process makes for its connected users, and for one who says hello.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from tests.services import PostgreSQL

KEY = "bench/news"
BROADCASTS = 50
GREETINGS = 40


def main(arguments: list[str]) -> int:
    """Fill a database of its own, and measure there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--connected", type=int, default=5_000)
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        os.environ["DATABASE_URL"] = stack.enter_context(PostgreSQL()).url
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        import django
        from django.test.utils import setup_databases, teardown_databases

        django.setup()
        databases = setup_databases(verbosity=0, interactive=False)
        try:
            fill(options.people)
            measure_sending(options.people, options.connected)
            measure_greetings(options.people)
        finally:
            teardown_databases(databases, verbosity=0)
    return 0


def fill(people: int) -> None:
    """Make people who all subscribe to one type."""
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.utils import timezone

    from realtime_notify.models import NotificationType, Subscription

    NotificationType.objects.create(key=KEY)
    users, subscriptions = get_user_model()._meta.db_table, Subscription._meta.db_table
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SET hash_mem_multiplier = 1")
        cursor.execute(
            f"INSERT INTO {users} (id, username, email, password, first_name, last_name,"
            " is_active, is_staff, is_superuser, date_joined)"
            " SELECT n, 'user' || n, '', '', '', '', true, false, false, %s"
            " FROM generate_series(1, %s) AS n",
            [now, people],
        )
        cursor.execute(
            f"INSERT INTO {subscriptions} (created, modified, target_id, identity, user_id,"
            " group_id, role, email, type_id, only_following, active, since, secret)"
            " SELECT %s, %s, '', 'identity' || n, n, '', '', '', %s, false, true, %s, 'secret' || n"
            " FROM generate_series(1, %s) AS n",
            [now, now, KEY, now, people],
        )
        for table in (users, subscriptions):
            cursor.execute(f"ANALYZE {table}")


def measure_sending(people: int, connected: int) -> None:
    """Send to everybody, and take in for those who are connected."""
    from realtime_notify import notify
    from realtime_notify.live import backend
    from realtime_notify.models import Inbox, Notification

    notify("The first one creates the counter", KEY, lazy=True)
    report("subscribers", people)
    seconds, _ = timed(lambda: notify("The library opens", KEY, lazy=True))
    report("notify(lazy=True), ms", 1000 * seconds)
    report("rows written at once", Notification.objects.count())
    there = [str(1 + number * (people // connected)) for number in range(connected)]
    for name in ("new", "known"):
        seconds, _ = timed(lambda: take_in_by_chunks(there))
        report(f"taken in for {connected:,} connected, {name} inboxes, ms", 1000 * seconds)
        report("rows", Notification.objects.count())
        notify("The library closes", KEY, lazy=True)
    seconds, _ = timed(lambda: take_in_by_chunks(there[: connected // 2]))
    report("the same for half of them, as each of two processes does, ms", 1000 * seconds)
    few = there[: connected // 5]
    seconds, _ = timed(lambda: backend.positions(few))
    report(f"heal query of {len(few):,}, nobody behind, ms", 1000 * seconds)
    report("inboxes", Inbox.objects.count())


def take_in_by_chunks(users: list[str]) -> None:
    """Take in as the hub does."""
    from realtime_notify.conf import settings
    from realtime_notify.live import backend

    for start in range(0, len(users), settings.CHUNK_SIZE):
        backend.take_in(users[start : start + settings.CHUNK_SIZE])


def measure_greetings(people: int) -> None:
    """Greet people who have much to take in, and compare with the same answer ready to be read."""
    from realtime_notify import catch_up, notify
    from realtime_notify.inbox import Ask, counts, states
    from realtime_notify.subscriptions import keys_of

    greeted = [people - number for number in range(2 * GREETINGS)]
    before = counts(greeted[0])["rev"]
    for pk in greeted:
        catch_up(pk)
    for number in range(BROADCASTS):
        notify(f"Number {number}", KEY, lazy=True)
    for pk in greeted[GREETINGS:]:
        catch_up(pk)

    def greet(pk: int, since: int) -> float:
        seconds, ([frame], _) = timed(lambda: (states([Ask(pk, since)]), keys_of(pk)))
        assert frame["rev"] == before + BROADCASTS
        return seconds

    behind = [greet(pk, before) for pk in greeted[:GREETINGS]]
    ready = [greet(pk, before) for pk in greeted[GREETINGS:]]
    idle = [greet(pk, before + BROADCASTS) for pk in greeted]
    late, same, none = (1000 * statistics.median(some) for some in (behind, ready, idle))
    report(f"hello, {BROADCASTS} broadcasts to take in, ms", late)
    report(f"hello, the same {BROADCASTS} rows taken in before, ms", same)
    report("hello, nothing is new, ms", none)
    report("ratio to the same rows", late / same)
    report("ratio to nothing new", late / none)


def report(what: str, value: float) -> None:
    """Print a figure."""
    print(f"{what:<62}{value:>12,.0f}" if isinstance(value, int) else f"{what:<62}{value:>12,.1f}")


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return how many seconds a call took, and what it returned."""
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
