"""Thousands of values in one statement, as arrays.

A list of two thousand literals costs more to compose, to send and to parse than to carry out, and
SQLite limits how many there may be. Here a whole column of values is one parameter: an array on
PostgreSQL, a JSON text elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType, NoneType
from typing import Any

from django.db import connections, models, router
from django.db.models import F
from django.db.models.lookups import In


class _AnyOf(In):
    """`IN`, with all values in one parameter."""

    def get_prep_lookup(self) -> Any:
        """Return the values as the field has them; numbers are numbers already."""
        return self.rhs if _are_numbers(self.rhs) else super().get_prep_lookup()

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Compare with an array."""
        column, parameters = self.process_lhs(compiler, connection)
        field = _plain(self.lhs.output_field)
        array = as_array(field, self.rhs, connection)
        return f"{column} = ANY(%s::{_type(field, connection)}[])", [*parameters, array]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Compare with the values of a JSON list."""
        column, parameters = self.process_lhs(compiler, connection)
        values = _prepared(_plain(self.lhs.output_field), self.rhs, connection)
        return f"{column} IN (SELECT value FROM json_each(%s))", [*parameters, json.dumps(values)]


def among(column: str, values: Collection[Any]) -> _AnyOf:
    """Return the condition that a column has one of many values.

    Args:
        column: the column, as in a look-up: "pk", "user".
        values: the values; none of them is None.
    """
    return _AnyOf(F(column), list(values))


def as_array(field: Any, values: Sequence[Any], connection: Any) -> Any:
    """Return values of a field as the parameter of an array, for PostgreSQL."""
    return _array(_prepared(_plain(field), values, connection))


def as_table(
    connection: Any, columns: Mapping[str, tuple[Any, Sequence[Any]]]
) -> tuple[str, list[Any]]:
    """Return values as a table expression named ``rn``, and its parameters.

    Args:
        connection: the connection that the statement is for.
        columns: the field and the values of each column by its name, in the same order for each.
    """
    typed = {
        name: (_type(_plain(field), connection), prepared(connection, field, values))
        for name, (field, values) in columns.items()
    }
    return _source(connection.vendor, typed)


def prepared(connection: Any, field: Any, values: Sequence[Any]) -> list[Any]:
    """Return values of a field as a database takes them as parameters."""
    return _prepared(_plain(field), values, connection)


def insert_rows(
    model: type[models.Model],
    columns: Mapping[str, Sequence[Any]],
    returning: Sequence[str],
    unique: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Insert many rows by one statement.

    Args:
        model: the model whose table they go to.
        columns: the values of all rows by the name of a field, in the same order for each field.
            Fields that are not named become NULL.
        returning: the names of the fields to return.
        unique: the fields of a unique constraint. A row that is there already is locked until the
            transaction ends, and returned, instead of inserted. Order the rows by these fields, so
            that two transactions which want the same ones cannot deadlock.

    Returns:
        The fields `returning` of each row, in any order. MySQL, which has no `RETURNING`, returns
        nothing.
    """
    connection = connections[router.db_for_write(model)]
    quote = connection.ops.quote_name
    rows = _Rows(connection, model, columns)
    statement = (
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(rows.columns)}) "
        f"SELECT {', '.join(rows.values)} FROM {rows.source}"
    )
    if connection.vendor == "sqlite":
        statement += " WHERE TRUE"  # or its parser may take what follows for a join
    if unique:
        keys = [quote(field.column) for field in _fields(model, unique)]
        # The update changes nothing; it locks.
        if connection.vendor == "mysql":
            statement += f" ON DUPLICATE KEY UPDATE {keys[0]} = VALUES({keys[0]})"
        else:
            change = f"{keys[0]} = excluded.{keys[0]}"
            statement += f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {change}"
    returns = bool(returning) and connection.features.can_return_rows_from_bulk_insert
    if returns:
        wanted = (quote(field.column) for field in _fields(model, returning))
        statement += f" RETURNING {', '.join(wanted)}"
    with connection.cursor() as cursor:
        cursor.execute(statement, [*rows.constants, *rows.arrays])
        return _converted(connection, model, returning, cursor.fetchall()) if returns else []


def _converted(
    connection: Any, model: type[models.Model], names: Sequence[str], rows: list[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """Return rows of fields as Django reads them."""
    compiler = models.QuerySet(model).query.get_compiler(connection=connection)
    columns = [field.get_col(model._meta.db_table) for field in _fields(model, names)]
    converters = compiler.get_converters(columns)
    if not converters:
        return list(rows)
    return [tuple(row) for row in compiler.apply_converters(rows, converters)]


def update_rows(
    model: type[models.Model],
    columns: Mapping[str, Sequence[Any]],
    only: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Give many rows values of their own by one statement.

    Args:
        model: the model of the rows.
        columns: values by the name of a field, in the same order for each field. The first one
            is the primary key, which says which row it is.
        only: values by the name of a field that a row must have to be changed.
    """
    connection = connections[router.db_for_write(model)]
    table = connection.ops.quote_name(model._meta.db_table)
    rows = _Rows(connection, model, columns)
    (key, its_value), *changed = zip(rows.columns, rows.values, strict=True)
    same = f"{table}.{key} = {its_value}"
    conditions = "".join(
        f" AND {table}.{connection.ops.quote_name(field.column)} = %s"
        for field in _fields(model, only)
    )
    if connection.vendor == "mysql":
        changes = ", ".join(f"{table}.{column} = {value}" for column, value in changed)
        # Found by their key, only the rows to update are locked; a scan would wait for others.
        found = f"{table} FORCE INDEX FOR JOIN (PRIMARY)"
        statement = (
            f"UPDATE {rows.source} STRAIGHT_JOIN {found} ON {same}{conditions} SET {changes}"
        )
        parameters = [*rows.arrays, *only.values(), *rows.constants]
    else:
        changes = ", ".join(f"{column} = {value}" for column, value in changed)
        statement = f"UPDATE {table} SET {changes} FROM {rows.source} WHERE {same}{conditions}"
        parameters = [*rows.constants, *rows.arrays, *only.values()]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


class _Rows:
    """Columns of values as SQL.

    Attributes:
        columns: the quoted names of the columns.
        values: an expression for the value of each column in a row.
        constants: the parameters of `values`: what is the same in all rows.
        source: a table expression for everything else.
        arrays: the parameters of `source`.
    """

    def __init__(
        self, connection: Any, model: type[models.Model], columns: Mapping[str, Sequence[Any]]
    ) -> None:
        fields = _fields(model, columns)
        self.columns = [connection.ops.quote_name(field.column) for field in fields]
        self.values: list[str] = []
        self.constants: list[Any] = []
        varying: dict[str, tuple[str, list[Any]]] = {}
        for field, given in zip(fields, columns.values(), strict=True):
            plain = _plain(field)
            kind = _type(plain, connection)
            values = _prepared(plain, given, connection)
            # The first column tells the rows apart.
            if varying and values.count(values[0]) == len(values):
                self.values.append(f"%s::{kind}" if connection.vendor == "postgresql" else "%s")
                self.constants.append(values[0])
            else:
                name = f"rn_{field.column}"
                self.values.append(name)
                varying[name] = kind, values
        self.source, self.arrays = _source(connection.vendor, varying)


def _fields(model: type[models.Model], names: Iterable[str]) -> list[Any]:
    return [model._meta.get_field(name) for name in names]


def _source(vendor: str, columns: Mapping[str, tuple[str, list[Any]]]) -> tuple[str, list[Any]]:
    """Return a table expression with these columns, and its parameters."""
    if vendor == "postgresql":
        typed = ", ".join(f"%s::{kind}[]" for kind, _ in columns.values())
        arrays = [_array(values) for _, values in columns.values()]
        return f"unnest({typed}) AS rn ({', '.join(columns)})", arrays
    rows = json.dumps(
        list(zip(*(values for _, values in columns.values()), strict=True)), default=str
    )
    paths = {name: f"'$[{n}]'" for n, name in enumerate(columns)}
    if vendor == "mysql":
        typed = ", ".join(f"{name} {columns[name][0]} PATH {path}" for name, path in paths.items())
        return f"JSON_TABLE(%s, '$[*]' COLUMNS ({typed})) AS rn", [rows]
    extracted = ", ".join(f"json_extract(value, {path}) AS {name}" for name, path in paths.items())
    return f"(SELECT {extracted} FROM json_each(%s)) AS rn", [rows]


def _prepared(field: Any, values: Sequence[Any], connection: Any) -> list[Any]:
    """Return values as the database takes them; Django's own way is slow for numbers."""
    if _are_numbers(values):
        return list(values)
    return [field.get_db_prep_value(value, connection) for value in values]


def _are_numbers(values: Iterable[Any]) -> bool:
    return set(map(type, values)) <= {int, NoneType}


def _array(values: list[Any]) -> Any:
    """Return an array for PostgreSQL: of numbers its text, which the driver composes slowly."""
    if not _are_numbers(values):
        return values
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


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
