"""Row locks that keep rows from being deleted; what somebody else holds may be passed over."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, models, router, transaction

from realtime_notify.models.arrays import among


def keep(model: type[models.Model], pks: Collection[Any], *, wait: bool = False) -> set[Any]:
    """Keep rows from being deleted until the transaction ends.

    A foreign key to a row takes the same lock, on PostgreSQL as late as at the commit.

    Args:
        model: the model of the rows.
        pks: their primary keys.
        wait: whether to wait for rows that somebody else has locked, instead of passing them over.

    Returns:
        The primary keys of the rows that exist and are kept. On SQLite, whose transactions lock
        the whole database, all that exist.
    """
    if not pks:
        return set()
    database = router.db_for_write(model)
    connection = connections[database]
    rows = (
        model._base_manager.using(database)
        .filter(among("pk", pks))
        .order_by("pk")
        .values_list("pk")
    )
    statement, parameters = rows.query.get_compiler(using=database).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(f"{statement}{_suffix(connection, wait)}", parameters)
        field = model._meta.pk
        return {field.to_python(pk) for (pk,) in cursor.fetchall()}


@contextmanager
def impatience(database: str) -> Iterator[None]:
    """Let statements fail soon that wait for somebody's lock; call it outside of a transaction.

    "Soon" is a fiftieth of a second on PostgreSQL and a second, the least there is, on MariaDB and
    MySQL. On SQLite nothing changes.

    Args:
        database: the alias of the database.
    """
    connection = connections[database]
    with transaction.atomic(using=database), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL lock_timeout = '20ms'")
        if connection.vendor != "mysql":
            yield
            return
        cursor.execute("SELECT @@innodb_lock_wait_timeout")
        (before,) = cursor.fetchone()
        cursor.execute("SET SESSION innodb_lock_wait_timeout = 1")
        try:
            yield
        finally:
            cursor.execute("SET SESSION innodb_lock_wait_timeout = %s", [before])


def _suffix(connection: Any, wait: bool) -> str:
    skips = connection.features.has_select_for_update_skip_locked and not wait
    if connection.vendor == "postgresql":
        return f" FOR KEY SHARE{' SKIP LOCKED' if skips else ''}"
    if connection.vendor == "mysql":
        share = "LOCK IN SHARE MODE" if connection.mysql_is_mariadb else "FOR SHARE"
        return f" {share}{' SKIP LOCKED' if skips else ''}"
    return ""
