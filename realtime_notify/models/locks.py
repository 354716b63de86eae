"""Row locks that keep rows from being deleted; what somebody else holds may be passed over."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connections, models, router

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


def _suffix(connection: Any, wait: bool) -> str:
    skips = connection.features.has_select_for_update_skip_locked and not wait
    if connection.vendor == "postgresql":
        return f" FOR KEY SHARE{' SKIP LOCKED' if skips else ''}"
    if connection.vendor == "mysql":
        share = "LOCK IN SHARE MODE" if connection.mysql_is_mariadb else "FOR SHARE"
        return f" {share}{' SKIP LOCKED' if skips else ''}"
    return ""
