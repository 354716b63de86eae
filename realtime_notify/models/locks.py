"""Row locks that never wait: what somebody else holds is passed over."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connections, models, router

from realtime_notify.models.arrays import among


def keep(model: type[models.Model], pks: Collection[Any]) -> set[Any]:
    """Keep rows from being deleted until the transaction ends, without waiting for anybody.

    A foreign key to a row takes the same lock when it is inserted, but would wait for it.

    Args:
        model: the model of the rows.
        pks: their primary keys.

    Returns:
        The primary keys of the rows that exist and that nobody else is deleting. On SQLite,
        whose transactions lock the whole database, all that exist.
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
        cursor.execute(f"{statement}{_suffix(connection)}", parameters)
        field = model._meta.pk
        return {field.to_python(pk) for (pk,) in cursor.fetchall()}


def _suffix(connection: Any) -> str:
    if connection.vendor == "postgresql":
        return " FOR KEY SHARE SKIP LOCKED"
    if connection.vendor == "mysql":
        share = "LOCK IN SHARE MODE" if connection.mysql_is_mariadb else "FOR SHARE"
        skips = connection.features.has_select_for_update_skip_locked
        return f" {share}{' SKIP LOCKED' if skips else ''}"
    return ""
