"""Thousands of values in one statement, as arrays.

A list of two thousand literals costs more to compose, to send and to parse than to carry out, and
SQLite limits how many there may be. Here a whole column of values is one parameter: an array on
PostgreSQL, a JSON text elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connections, models, router
from django.db.models import F
from django.db.models.lookups import In


class _AnyOf(In):
    """`IN`, with all values in one parameter."""

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        field = _plain(self.lhs.output_field)
        array: Any
        if isinstance(field, models.IntegerField):
            # As text, which psycopg needn't compose number by number.
            array = f"{{{','.join(map(str, map(int, self.rhs)))}}}"
        else:
            array = [field.get_db_prep_value(value, connection) for value in self.rhs]
        return f"{column} = ANY(%s::{_type(field, connection)}[])", [*parameters, array]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        field = _plain(self.lhs.output_field)
        array = json.dumps([field.get_db_prep_value(value, connection) for value in self.rhs])
        return f"{column} IN (SELECT value FROM json_each(%s))", [*parameters, array]


def among(column: str, values: Collection[Any]) -> _AnyOf:
    """Return the condition that a column has one of many values.

    Args:
        column: the column, as in a look-up: "pk", "user".
        values: the values; none of them is None.
    """
    return _AnyOf(F(column), list(values))


def insert_rows(
    model: type[models.Model],
    columns: Mapping[str, Sequence[Any]],
    returning: Sequence[str],
) -> list[tuple[Any, ...]]:
    """Insert many rows by one statement.

    Args:
        model: the model whose table they go to.
        columns: the values of all rows by the name of a field, in the same order for each field.
            Fields that are not named become NULL.
        returning: the names of the fields to return.

    Returns:
        The fields `returning` of each row, in any order. MySQL, which has no `RETURNING`, returns
        nothing.
    """
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    fields = [model._meta.get_field(name) for name in columns]
    source, parameters = _source(connection, fields, list(columns.values()))
    names = ", ".join(quote(field.column) for field in fields)
    statement = (
        f"INSERT INTO {quote(model._meta.db_table)} ({names}) "
        f"SELECT {', '.join(_names(fields))} FROM {source}"
    )
    if connection.vendor == "sqlite":
        statement += " WHERE TRUE"  # or its parser may take what follows for a join
    returns = connection.features.can_return_rows_from_bulk_insert
    if returns:
        wanted = (quote(model._meta.get_field(name).column) for name in returning)
        statement += f" RETURNING {', '.join(wanted)}"
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall()) if returns else []


def update_rows(model: type[models.Model], columns: Mapping[str, Sequence[Any]]) -> None:
    """Give many rows values of their own by one statement.

    Args:
        model: the model of the rows.
        columns: values by the name of a field, in the same order for each field. The first one
            is the primary key, which says which row it is.
    """
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    fields = [model._meta.get_field(name) for name in columns]
    source, parameters = _source(connection, fields, list(columns.values()))
    table = quote(model._meta.db_table)
    key, *values = zip((quote(field.column) for field in fields), _names(fields), strict=True)
    same = f"{table}.{key[0]} = {key[1]}"
    if connection.vendor == "mysql":
        changes = ", ".join(f"{table}.{column} = {name}" for column, name in values)
        # Found by their key, only the rows to update are locked; a scan would wait for others.
        found = f"{table} FORCE INDEX FOR JOIN (PRIMARY)"
        statement = f"UPDATE {source} STRAIGHT_JOIN {found} ON {same} SET {changes}"
    else:
        changes = ", ".join(f"{column} = {name}" for column, name in values)
        statement = f"UPDATE {table} SET {changes} FROM {source} WHERE {same}"
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def _source(
    connection: Any, fields: Sequence[Any], columns: Sequence[Sequence[Any]]
) -> tuple[str, list[Any]]:
    """Return a table expression, whose columns are `_names()`, and its parameters."""
    plain = [_plain(field) for field in fields]
    arrays = [
        [field.get_db_prep_value(value, connection) for value in values]
        for field, values in zip(plain, columns, strict=True)
    ]
    names, types = _names(fields), [_type(field, connection) for field in plain]
    if connection.vendor == "postgresql":
        typed = ", ".join(f"%s::{kind}[]" for kind in types)
        return f"unnest({typed}) AS rn ({', '.join(names)})", arrays
    rows = json.dumps(list(zip(*arrays, strict=True)), default=str)
    if connection.vendor == "mysql":
        typed = ", ".join(
            f"{name} {kind} PATH '$[{n}]'"
            for n, (name, kind) in enumerate(zip(names, types, strict=True))
        )
        return f"JSON_TABLE(%s, '$[*]' COLUMNS ({typed})) AS rn", [rows]
    extracted = ", ".join(
        f"json_extract(value, '$[{n}]') AS {name}" for n, name in enumerate(names)
    )
    return f"(SELECT {extracted} FROM json_each(%s)) AS rn", [rows]


def _names(fields: Sequence[Any]) -> list[str]:
    return [f"rn_{field.column}" for field in fields]


def _plain(field: Any) -> Any:
    """Return the field itself, or the one that a foreign key refers to."""
    while field.remote_field:
        field = field.target_field
    return field


def _type(field: Any, connection: Any) -> str:
    """Return the type of a column that holds the values of a field."""
    kind: str = field.rel_db_type(connection)
    # JSON_TABLE knows no UUIDs; they become UUIDs where they are stored.
    return "char(36)" if kind == "uuid" and connection.vendor == "mysql" else kind
