"""Daily digests: how many mails a second leave, next to django-nyt's `notifymail`.

    python -m benchmarks.digests [--people 100000] [--theirs 2000]

Both work through their own tables on one PostgreSQL, and hand mails to a backend that drops them.
Everybody gets the same five events; then everybody is subscribed to some of ten types, so that a
thousand different digests are written.
"""

from __future__ import annotations

import argparse
import io
import logging
import re
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.delivery.ground import _defaults, _insert, database, text
from benchmarks.delivery.measuring import Figure, at_least, at_most, table

EVENTS = 5  # in each digest, of everybody the same
TYPES = 10  # of which everybody has some
DAILY = 1440
DROPPED = "django.core.mail.backends.dummy.EmailBackend"
OURS = {
    "MEDIA": ["email"],
    "BASE_URL": "https://example.com",
    "SITE_NAME": "Example",
    "INLINE_RECIPIENTS": 0,
}
FASTER = 20
STATEMENTS = 100  # per 1,000 mails
GROWTH = 64.0  # MB


def main(arguments: list[str]) -> int:
    """Measure both, print the table, and say whether every goal is met."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.digests",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--theirs", type=int, default=2_000, help="people of django-nyt")
    parser.add_argument("--profile", action="store_true", help="print where our time goes")
    options = parser.parse_args(arguments)
    with database("postgresql"):
        from django.test import override_settings

        logging.disable(logging.CRITICAL)
        with override_settings(EMAIL_BACKEND=DROPPED, REALTIME_NOTIFY=OURS):
            people(options.people)
            theirs = nyt(options.theirs)
            figures = [Figure("django-nyt", f"{theirs:,.0f} mails/s")]
            for name, keys in (("the same for all", [0] * EVENTS), ("different", range(TYPES))):
                print(f"... {name}", file=sys.stderr, flush=True)
                figures += ours(name, list(keys), theirs, profile=options.profile)
    print(table(figures))
    return 0 if all(figure.is_met for figure in figures) else 1


def people(count: int) -> None:
    """Make people with addresses, who want a digest a day."""
    from django.contrib.auth.models import User
    from django.db import connection

    from realtime_notify.models import DeliveryProfile

    with connection.cursor() as cursor:
        name = text("user", cursor)
        columns = {
            **_defaults(User),
            "id": "n",
            "username": name,
            "email": f"{name} || '@example.com'",
            "is_active": "TRUE",
        }
        _insert(cursor, User._meta.db_table, count, columns)
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('auth_user', 'id'), max(id)) FROM auth_user"
        )
        profile = {**_defaults(DeliveryProfile), "user_id": "n", "interval": str(DAILY)}
        _insert(cursor, DeliveryProfile._meta.db_table, count, {**profile, "is_default": "TRUE"})


def ours(name: str, keys: list[int], theirs: float, *, profile: bool) -> list[Figure]:
    """Deliver events and send the digests of them.

    Args:
        name: what these digests are.
        keys: of which types there is an event each; type 0 is everybody's, and so many bits of a
            person's number decide about the others.
        theirs: mails a second of django-nyt.
        profile: whether to print where the time goes.
    """
    from django.db import connection
    from django.utils import timezone

    from realtime_notify import notify, sending
    from realtime_notify.delivery import sweep
    from realtime_notify.models import Dispatch

    _subscribe(set(keys), everybody=set(keys) == {0})
    for number, key in enumerate(keys):
        said = f"Something happened, which is number {number} of this day"
        notify(said, f"digest/{key}", url="/somewhere/", description="And a word about it.")
    while sweep():
        pass
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    waiting = Dispatch.objects.filter(state="waiting").count()
    later = timezone.now() + timedelta(days=3)
    statements: list[str] = []

    def send() -> Any:
        with counted(statements):
            return sending.send_due(now=later)

    before, began = _memory(), time.perf_counter()
    sent = _profiled(send) if profile else send()
    seconds = time.perf_counter() - began
    assert sent.sent == waiting, f"{sent} of {waiting}"
    rate = sent.sent / seconds
    return [
        Figure(f"ours, {name}: {sent.sent:,} mails of {sent.events:,} events", f"{rate:,.0f}/s"),
        at_least(f"{name}: faster than django-nyt by", rate / theirs, FASTER),
        at_most(
            f"{name}: statements per 1,000 mails",
            len(statements) / sent.sent * 1000,
            STATEMENTS,
            "",
        ),
        at_most(f"{name}: memory grew by", _memory() - before, GROWTH, " MB"),
    ]


def _subscribe(keys: set[int], *, everybody: bool) -> None:
    from django.contrib.auth.models import User
    from django.db import connection

    from realtime_notify.models import NotificationType, Subscription

    count = User.objects.count()
    for key in keys:
        NotificationType.objects.get_or_create(key=f"digest/{key}")
        Subscription.objects.filter(type=f"digest/{key}").delete()
        with connection.cursor() as cursor:
            columns = {
                **_defaults(Subscription),
                "user_id": "n",
                "type_id": f"'digest/{key}'",
                "identity": text(f"{key}/", cursor),
                "secret": text(f"{key}-", cursor),
                "active": "TRUE" if everybody else f"(n >> {key}) % 2 = 1",
            }
            _insert(cursor, Subscription._meta.db_table, count, columns)


def nyt(count: int) -> float:
    """Send digests with django-nyt, and return how many mails a second."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.utils import timezone
    from django_nyt.conf import DAILY as THEIR_DAILY
    from django_nyt.models import Notification, NotificationType, Settings, Subscription

    kind = NotificationType.get_by_key("digest")
    users = User.objects.order_by("pk")[:count]
    own = Settings.objects.bulk_create(
        Settings(user=user, interval=THEIR_DAILY, is_default=True) for user in users
    )
    theirs = Subscription.objects.bulk_create(
        Subscription(settings=one, notification_type=kind) for one in own
    )
    Subscription.objects.update(created=timezone.now() - timedelta(days=9))
    Notification.objects.bulk_create(
        Notification(
            subscription=one,
            user_id=one.settings.user_id,
            message=f"Something happened, which is number {number} of this day",
            url="/somewhere/",
        )
        for one in theirs
        for number in range(EVENTS)
    )
    began = time.perf_counter()
    call_command("notifymail", cron=True, domain="example.com", stdout=io.StringIO())
    seconds = time.perf_counter() - began
    assert not Notification.objects.filter(is_emailed=False).exists()
    return count / seconds


@contextmanager
def counted(statements: list[str]) -> Any:
    """Note the statements of a block."""
    from django.db import connection

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield


def _memory() -> float:
    """Return the resident memory of this process in MB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def _profiled(call: Callable[[], Any]) -> Any:
    import cProfile
    import pstats

    profile = cProfile.Profile()
    result = profile.runcall(call)
    pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    return result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
