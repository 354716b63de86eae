"""One bounded query for each of many rows of values, all of them in one statement.

"The first n rows of each of these people" has no form in plain SQL that stops early: `row_number()`
reads all rows of each. PostgreSQL has `LATERAL`, and takes the values as arrays. Elsewhere it is a
union, with a part for each row of values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connections, models, router

from realtime_notify.models.arrays import as_table, prepared

MAX_PARTS = 400
"""Parts of one union; SQLite takes 500 at most."""

Columns = Mapping[str, tuple[Any, Sequence[Any]]]
"""The field and the values of each column by its name, in the same order for each."""


def select_each(
    model: type[models.Model], select: str, columns: Columns
) -> Iterator[tuple[Any, ...]]:
    """Run a query for each of many rows of values.

    Args:
        model: the model whose database it runs on, the one that is written to.
        select: the query, with an ORDER BY and a LIMIT. It names each column just once, as
            ``{name}``, in the order of `columns`.
        columns: the values.

    Yields:
        Each row found, behind the position of the values that it was found for.
    """
    connection = connections[router.db_for_write(model)]
    if not all(values for _, values in columns.values()):
        return
    if connection.vendor == "postgresql":
        yield from _laterally(connection, select, columns)
        return
    values = (prepared(connection, *column) for column in columns.values())
    parts = list(enumerate(zip(*values, strict=True)))
    query = select.format(**dict.fromkeys(columns, "%s"))
    for start in range(0, len(parts), MAX_PARTS):
        yield from _by_union(connection, query, parts[start : start + MAX_PARTS])


def _laterally(connection: Any, select: str, columns: Columns) -> list[tuple[Any, ...]]:
    named = {f"rn_{name}": column for name, column in columns.items()}
    count = max(len(values) for _, values in columns.values())
    numbered = {"rn_place": (models.IntegerField(), range(count)), **named}
    source, parameters = as_table(connection, numbered)
    query = select.format(**{name: f"rn.rn_{name}" for name in columns})
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT rn.rn_place, found.* FROM {source} CROSS JOIN LATERAL ({query}) AS found",
            parameters,
        )
        return list(cursor.fetchall())


def _by_union(
    connection: Any, query: str, parts: Sequence[tuple[int, Sequence[Any]]]
) -> list[tuple[Any, ...]]:
    part = f"SELECT %s AS place, found.* FROM ({query}) AS found"
    parameters = [value for place, values in parts for value in (place, *values)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([part] * len(parts)), parameters)
        return list(cursor.fetchall())
