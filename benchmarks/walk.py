"""The walk through a large audience: what its first chunk costs, and its last.

    python -m benchmarks.walk [--people 1000000] [--size 2000] [--plans] [--no-analyze]

The audience is made in the database: subscribers of a type, of whom every tenth follows only, a
group with as many members that subscribes as well, and subscribers of a second type. Events reach
them in each way there is. The ratio of the last chunk to the first is what should not grow.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from tests.services import PostgreSQL

TIMES = 5


def main(arguments: list[str]) -> int:
    """Fill a database of its own, and measure chunks there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--size", type=int, default=2_000)
    parser.add_argument("--plans", action="store_true", help="print the plan of each statement")
    parser.add_argument("--no-analyze", action="store_true", help="without statistics")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        if "DATABASE_URL" not in os.environ:
            os.environ["DATABASE_URL"] = stack.enter_context(PostgreSQL()).url
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
        import django
        from django.test.utils import setup_databases, teardown_databases

        django.setup()
        databases = setup_databases(verbosity=0, interactive=False)
        try:
            fill(options.people, analyze=not options.no_analyze)
            for name, event in events(options.people):
                measure(name, event, options.people, options.size, plans=options.plans)
        finally:
            teardown_databases(databases, verbosity=0)
    return 0


def fill(people: int, *, analyze: bool) -> None:
    """Make people, a group of them all, and their subscriptions."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group
    from django.db import connection
    from django.utils import timezone

    from realtime_notify import subscribe
    from realtime_notify.models import NotificationType, Subscription

    numbers = (
        {
            "postgresql": "SELECT n FROM generate_series(1, %s) AS n",
            "mysql": "SELECT seq AS n FROM seq_1_to_{people}",
            "sqlite": "WITH RECURSIVE some(n) AS"
            " (SELECT 1 UNION ALL SELECT n + 1 FROM some WHERE n < {people}) SELECT n FROM some",
        }[connection.vendor]
        .replace("%s", str(people))
        .format(people=people)
    )
    concat = "CONCAT('{}', n)" if connection.vendor == "mysql" else "'{}' || n"
    users = get_user_model()._meta.db_table
    members = get_user_model().groups.through._meta.db_table
    subscriptions = Subscription._meta.db_table
    for key in ("bench/crowd", "bench/further"):
        NotificationType.objects.create(key=key)
    group = Group.objects.create(name="crowd")
    now = timezone.now()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET hash_mem_multiplier = 1")
        cursor.execute(
            f"INSERT INTO {users} (id, username, email, password, first_name, last_name,"
            " is_active, is_staff, is_superuser, date_joined)"
            f" SELECT n, {concat.format('user')}, {concat.format('mail')}, '', '', '',"
            f" (n > 0), (n < 0), (n < 0), %s FROM ({numbers}) AS numbers",
            [now],
        )
        cursor.execute(
            f"INSERT INTO {members} (user_id, group_id) SELECT n, %s FROM ({numbers}) AS numbers",
            [group.pk],
        )
        for key in ("bench/crowd", "bench/further"):
            cursor.execute(
                f"INSERT INTO {subscriptions} (created, modified, target_id, identity, user_id,"
                " group_id, role, email, type_id, only_following, active, since, secret)"
                f" SELECT %s, %s, '', {concat.format(key)}, n, '', '', '', %s,"
                f" (n %% 10 = 0), (n > 0), %s, {concat.format('s')}"
                f" FROM ({numbers}) AS numbers",
                [now, now, key, now],
            )
        if analyze:
            for table in (users, members, subscriptions):
                word = {"mysql": "ANALYZE TABLE"}.get(connection.vendor, "ANALYZE")
                cursor.execute(f"{word} {table}")
        for name, every in (("few", people // 10), ("some", 20)):
            smaller = Group.objects.create(name=name)
            cursor.execute(
                f"INSERT INTO {members} (user_id, group_id)"
                f" SELECT n, %s FROM ({numbers}) AS numbers WHERE n %% {every} = 0",
                [smaller.pk],
            )
            subscribe(smaller, f"bench/{name}")
    subscribe(group, "bench/crowd")


def events(people: int) -> Iterator[tuple[str, Any]]:
    """Yield events that reach the audience in one way each."""
    from django.contrib.auth import get_user_model

    from realtime_notify import EVERYONE, notify
    from realtime_notify.audience.addressing import Audience

    actor = get_user_model()._default_manager.first()
    everybody = list(range(1, people + 1))

    def event(key: str, audience: Audience | None = None, **options: Any) -> Any:
        made = notify("Hello", key, **options)
        if audience is not None:
            made.audience, made.has_own_audience = audience.to_json(), True
            made.save()
            made.refresh_from_db()
        return made

    yield "own subscriptions", event("bench/further")
    yield "own, with an actor", event("bench/further", actor=actor)
    yield "own and a group, with an actor", event("bench/crowd", actor=actor)
    yield (
        "the same, and a further topic",
        event("bench/crowd", actor=actor, also=[("bench/further",)]),
    )
    yield (
        "the same, with exclude= of all but one",
        event("bench/crowd", Audience(exclude=everybody[1:]), actor=actor),
    )
    yield "a group of ten", event("bench/few")
    yield "a group of every twentieth", event("bench/some")
    yield "everyone", event("bench/crowd", recipients=EVERYONE)
    yield "recipient_users= of a third", event("bench/crowd", Audience(only=everybody[::3]))
    yield "recipients= of all", event("bench/crowd", Audience(to=everybody))


def measure(name: str, event: Any, people: int, size: int, *, plans: bool) -> None:
    """Print what the first and the last full chunk of an event cost."""
    from realtime_notify import audience
    from realtime_notify.audience.addressing import Audience

    stored = Audience.of(event)
    named = stored.to if stored.only is None else stored.only
    last = str((people if named is None else len(named)) - size - 1)
    took = {}
    for cursor in ("", last):
        event.cursor = cursor
        took[cursor] = [timed(lambda: audience.next_chunk(event, size)) for _ in range(TIMES)]
    first, last_one = (statistics.median(took[cursor]) for cursor in ("", last))
    print(
        f"{name:40} {first * 1e3:8.1f} ms {last_one * 1e3:8.1f} ms {last_one / first:6.2f}",
        flush=True,
    )
    if plans:
        event.cursor = last
        explain(lambda: audience.next_chunk(event, size))


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def explain(work: Callable[[], object]) -> None:
    """Run something, and print the plan of each of its statements."""
    from django.db import connection

    statements = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        work()
    with connection.cursor() as cursor:
        for sql, params in statements:
            prefix = {
                "postgresql": "EXPLAIN (ANALYZE, BUFFERS) ",
                "mysql": "ANALYZE ",
                "sqlite": "EXPLAIN QUERY PLAN ",
            }
            cursor.execute(prefix[connection.vendor] + sql, params)
            print("--", sql[:300])
            for row in cursor.fetchall():
                print("   ", *(str(part)[:200] for part in row))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
