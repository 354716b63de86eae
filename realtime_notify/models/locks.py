"""Row locks: taken so that rows are not deleted, passed over, or waited for with patience."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import OperationalError, connections, models, router
from django.db.transaction import atomic

from realtime_notify.models.arrays import among

_patience: ContextVar[float | None] = ContextVar("patience", default=None)


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
    return keep_all(model._base_manager.filter(among("pk", pks)).order_by("pk"), wait=wait)


def keep_all(rows: models.QuerySet[Any], *, wait: bool = False) -> set[Any]:
    """Keep the rows of a queryset from being deleted until the transaction ends.

    What the queryset says of them is true once they are locked, as far as it says it of columns.

    Args:
        rows: the rows, in the order in which they are to be locked.
        wait, returns: as for `keep()`.
    """
    database = router.db_for_write(rows.model)
    connection = connections[database]
    compiler = rows.values_list("pk").query.get_compiler(using=database)
    statement, parameters = compiler.as_sql()
    with connection.cursor() as cursor:
        cursor.execute(f"{statement}{_suffix(connection, wait)}", parameters)
        field = rows.model._meta.pk
        return {field.to_python(pk) for (pk,) in cursor.fetchall()}


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Let transactions of this package that begin in the block fail when they wait for a lock.

    It holds for those that `transaction()` or `writing()` begin, in this thread. On MariaDB and
    MySQL the least is a second. On SQLite nothing changes: its connection has a time-out.

    Args:
        seconds: how long a statement may wait for what somebody else has locked.
    """
    token = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(token)


@contextmanager
def transaction(database: str) -> Iterator[None]:
    """Run the block in a transaction whose statements wait for locks as long as `patience()` says.

    Inside a transaction of the caller's it changes nothing: that has a patience of its own.

    Args:
        database: the alias of the database.
    """
    connection = connections[database]
    seconds = None if connection.in_atomic_block else _patience.get()
    with atomic(using=database):
        if seconds is None or connection.vendor not in ("postgresql", "mysql"):
            yield
            return
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(f"SET LOCAL lock_timeout = {1000 * seconds:.0f}")  # milliseconds
                yield
                return
            cursor.execute("SELECT @@innodb_lock_wait_timeout")
            (before,) = cursor.fetchone()
            cursor.execute("SET SESSION innodb_lock_wait_timeout = %s", [max(1, round(seconds))])
            try:
                yield
            finally:
                cursor.execute("SET SESSION innodb_lock_wait_timeout = %s", [before])


def is_busy(error: OperationalError) -> bool:
    """Return whether a statement failed because somebody else held a lock for too long."""
    cause = error.__cause__
    return (
        getattr(cause, "sqlstate", getattr(cause, "pgcode", None)) == "55P03"  # PostgreSQL
        or error.args[:1] == (1205,)  # MariaDB and MySQL
        or "database is locked" in str(error)  # SQLite
    )


def _suffix(connection: Any, wait: bool) -> str:
    skips = connection.features.has_select_for_update_skip_locked and not wait
    if connection.vendor == "postgresql":
        return f" FOR KEY SHARE{' SKIP LOCKED' if skips else ''}"
    if connection.vendor == "mysql":
        share = "LOCK IN SHARE MODE" if connection.mysql_is_mariadb else "FOR SHARE"
        return f" {share}{' SKIP LOCKED' if skips else ''}"
    return ""
