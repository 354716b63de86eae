"""A database of its own, filled in the database: a million people take seconds, not minutes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.services import SERVICES

ALL, TENTH, SOME = "bench/all", "bench/ten", "bench/some"
"""Types that everybody, 10,000 people and 20,000 people are subscribed to."""

SIZES = {ALL: None, TENTH: 10_000, SOME: 20_000}


@contextmanager
def database(kind: str) -> Iterator[None]:
    """Run a database server with our tables, and set Django up to use it.

    Args:
        kind: "postgresql", "mariadb" or "sqlite".
    """
    with _server(kind) as url, tables(url):
        yield


@contextmanager
def tables(url: str, settings: str = "benchmarks.delivery.settings") -> Iterator[None]:
    """Make a database with our tables, and set Django up to use it.

    Args:
        url: where it will be.
        settings: the module of Django's settings.
    """
    os.environ["DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    if connection.vendor != "sqlite":
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {connection.settings_dict['NAME']}")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # The default up to PostgreSQL 14: what fits only in more memory shows.
            cursor.execute("ALTER DATABASE realtime_notify SET hash_mem_multiplier = 1")
        connection.close()
    call_command("migrate", verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)  # what has no migrations
    yield
    connection.close()


@contextmanager
def _server(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as directory:
            yield f"sqlite:///{directory}/bench.sqlite3"
    else:
        with SERVICES[kind]() as server:
            yield server.url


def fill(people: int) -> None:
    """Make people and their subscriptions, and a group of a tenth of them that subscribes too."""
    from django.contrib.auth.models import Group, User
    from django.db import connection

    from realtime_notify import subscribe
    from realtime_notify.models import NotificationType, Subscription

    with connection.cursor() as cursor:
        _insert(
            cursor,
            User._meta.db_table,
            people,
            {
                "id": "n",
                "username": text("user", cursor),
                "password": "'!'",
                "first_name": "''",
                "last_name": "''",
                "email": "''",
                "is_active": "TRUE",
                "is_staff": "FALSE",
                "is_superuser": "FALSE",
                "date_joined": "CURRENT_TIMESTAMP",
            },
        )
        for key, size in SIZES.items():
            NotificationType.objects.get_or_create(key=key)
            _insert(
                cursor,
                Subscription._meta.db_table,
                min(people, size or people),
                {
                    **_defaults(Subscription),
                    "user_id": "n",
                    "type_id": f"'{key}'",
                    "identity": text(f"{key}/", cursor),
                },
            )
        crowd = Group.objects.create(name="crowd")
        membership = User.groups.through._meta.db_table
        _insert(cursor, membership, people // 10, {"user_id": "n * 10", "group_id": str(crowd.pk)})
        subscribe(crowd, ALL)
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('auth_user', 'id'), max(id)) FROM auth_user"
            )
            cursor.execute("VACUUM ANALYZE")


def hold(people: int, each: int) -> int:
    """Put notifications of a thousand events into the inboxes of the first people.

    Returns:
        How many notifications there are now.
    """
    from django.db import connection

    from realtime_notify.models import Event, Inbox, Notification

    shared = 1000
    with connection.cursor() as cursor:
        message = {"type_id": f"'{SOME}'", "message": text("Event ", cursor)}
        documents = {"filters": "'{}'", "audience": "'{}'", "stragglers": "'[]'"}
        _insert(
            cursor,
            Event._meta.db_table,
            shared,
            {**_defaults(Event), **message, **documents, "fingerprint": "n"},
        )
        first = Event.objects.order_by("-pk").values_list("pk", flat=True)[shared - 1]
        place = {"seq": f"1 + n % {each}", "rev": f"1 + n % {each}", "fingerprint": "n"}
        holder = {
            "event_id": f"{first} + n % {shared}",
            "user_id": f"1 + FLOOR((n % {people * each}) / {each})",
        }
        _insert(
            cursor,
            Notification._meta.db_table,
            people * each,
            {**_defaults(Notification), **holder, **place},
        )
        numbers = {"user_id": "n", "rev": str(each), "unread": str(each), "unseen": str(each)}
        _insert(cursor, Inbox._meta.db_table, people, {**_defaults(Inbox), **numbers})
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")
    return Notification.objects.count()


def text(prefix: str, cursor: Any) -> str:
    """Return SQL for a text with the number of the row behind it."""
    mysql = cursor.db.vendor == "mysql"
    return f"CONCAT('{prefix}', n)" if mysql else f"'{prefix}' || n"


def _insert(cursor: Any, table: str, count: int, columns: dict[str, str]) -> None:
    source = {
        "postgresql": f"generate_series(1, {count}) AS n",
        "mysql": f"(SELECT seq AS n FROM seq_1_to_{count}) AS numbers",
    }[cursor.db.vendor]
    names = ", ".join(cursor.db.ops.quote_name(name) for name in columns)
    cursor.execute(
        f"INSERT INTO {table} ({names}) SELECT {', '.join(columns.values())} FROM {source}"
    )


def _defaults(model: Any) -> dict[str, str]:
    """Return SQL for the columns that may not be NULL and say nothing here."""
    found = {}
    for field in model._meta.local_concrete_fields:
        if field.primary_key or field.null:
            continue
        kind = field.get_internal_type()
        if kind == "BooleanField":
            found[field.column] = str(bool(field.get_default())).upper()
        elif kind == "DateTimeField":
            found[field.column] = "CURRENT_TIMESTAMP"
        else:
            default = field.get_default() if field.has_default() else ""
            found[field.column] = f"'{default}'"
    return found
