"""Reads the tables of an older system from a database.

Each table is read through an unmanaged model, built from the columns that a reader asks for. So
Django converts datetimes and UUIDs for every database, and the models of the old package, which
may no longer load, are not needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.apps.registry import Apps
from django.contrib.auth import get_user_model
from django.db import connections, models
from django.db.models import F, Q
from django.db.models.expressions import Combinable

from realtime_notify.exceptions import RealtimeNotifyError

Rows = list[Any]


class ImportFailed(RealtimeNotifyError, ValueError):
    """A table or column to import is missing."""


class OldTables:
    """Finds the tables of one system and reads them in batches."""

    def __init__(
        self,
        database: str,
        prefix: str,
        names: Mapping[str, str] | None = None,
        batch_size: int = 1000,
        keys_at_once: int = 100_000,
    ) -> None:
        """List the tables of a database.

        Args:
            database: the alias of the database that holds the tables.
            prefix: the prefix of the tables' names, without the underscore.
            names: the full names of renamed tables, by their usual name after the prefix.
            batch_size: how many rows to read, and write, at a time.
            keys_at_once: how many keys `grouped_batches()` holds in memory. Each time it needs
                more, the database scans and sorts the whole table.
        """
        self.database = database
        self.prefix = prefix
        self.names = dict(names or {})
        self.batch_size = batch_size
        self._keys_at_once = keys_at_once
        self._registry = Apps()
        with connections[database].cursor() as cursor:
            self._existing = set(connections[database].introspection.table_names(cursor))

    def name_of(self, name: str, prefix: str | None = None) -> str:
        """Return the full name of a table."""
        return self.names.get(name) or f"{self.prefix if prefix is None else prefix}_{name}"

    def table(
        self, name: str, columns: dict[str, models.Field[Any, Any]], prefix: str | None = None
    ) -> type[Any]:
        """Return a model that reads a table.

        Args:
            name: the table's name after the prefix.
            columns: the columns to read. A column with a default may be missing, as old versions
                had fewer; every row then has the default.
            prefix: used instead of the system's own prefix.

        Raises:
            ImportFailed: the table, or a column without a default, does not exist.
        """
        full = self.name_of(name, prefix)
        if full not in self._existing:
            raise ImportFailed(
                f"There is no table {full!r} in the database {self.database!r}. Choose another "
                f"with --prefix, --table {name}=NAME or --database."
            )
        present = self._columns_of(full)
        attributes: dict[str, Any] = {}
        for column, field in columns.items():
            if column in present:
                attributes[column] = field
            elif field.has_default():
                attributes[column] = field.get_default()
            else:
                raise ImportFailed(
                    f"The table {full!r} has no column {column!r}, so this version of it cannot "
                    "be imported. Run the old package's newest migrations first."
                )
        options = {
            "app_label": "realtime_notify_importing",
            "apps": self._registry,
            "db_table": full,
            "managed": False,
        }
        meta = type("Meta", (), options)
        return type(full, (models.Model,), {**attributes, "Meta": meta, "__module__": __name__})

    def unread_columns(self, model: type[Any]) -> list[str]:
        """Return the columns of a table that its model does not read, sorted."""
        read = {field.column for field in model._meta.fields}
        return sorted(self._columns_of(model._meta.db_table) - read)

    def all(self, model: type[Any]) -> Rows:
        """Return all rows of a small table, ordered by primary key."""
        return list(model._default_manager.using(self.database).order_by("pk"))

    def count(self, model: type[Any]) -> int:
        """Return the number of rows of a table."""
        return int(model._default_manager.using(self.database).count())

    def batches(self, model: type[Any]) -> Iterator[Rows]:
        """Yield all rows of a table ordered by primary key, a batch at a time."""
        rows = model._default_manager.using(self.database).order_by("pk")
        batch = list(rows[: self.batch_size])
        while batch:
            yield batch
            batch = list(rows.filter(pk__gt=batch[-1].pk)[: self.batch_size])

    def grouped_batches(self, model: type[Any], *group_by: Combinable) -> Iterator[Rows]:
        """Yield all rows of a table in batches that never split a group.

        The old tables rarely have an index for the order. So the database sorts only keys, many
        batches of them at a time, and the rows are then read by primary key.

        Args:
            model: the table to read.
            group_by: what the rows of a group have in common. Rows are ordered by these, NULL
                last, and then by primary key. A batch exceeds the batch size by less than its
                last group.
        """
        batch: list[Any] = []
        for _, group in groupby(self._sorted_keys(model, group_by), key=itemgetter(slice(0, -1))):
            batch += [pk for *_, pk in group]
            if len(batch) >= self.batch_size:
                yield self._in_order(model, batch)
                batch = []
        if batch:
            yield self._in_order(model, batch)

    def _sorted_keys(
        self, model: type[Any], group_by: tuple[Combinable, ...]
    ) -> Iterator[tuple[Any, ...]]:
        """Yield (*group_by, primary key) of all rows."""
        names = [f"group_{number}" for number in range(len(group_by))]
        rows = (
            model._default_manager.using(self.database)
            .annotate(**dict(zip(names, group_by, strict=True)))
            .order_by(*(F(name).asc(nulls_last=True) for name in names), "pk")
            .values_list(*names, "pk")
        )
        keys = list(rows[: self._keys_at_once])
        while keys:
            yield from keys
            keys = list(rows.filter(_after([*names, "pk"], keys[-1]))[: self._keys_at_once])

    def _in_order(self, model: type[Any], pks: list[Any]) -> Rows:
        """Return the rows with these primary keys, in this order."""
        rows = self.by_pk(model, set(pks))
        return [rows[pk] for pk in pks if pk in rows]

    def by_pk(self, model: type[Any], pks: set[Any]) -> dict[Any, Any]:
        """Return the rows with these primary keys, by primary key."""
        rows = model._default_manager.using(self.database)
        return dict(rows.in_bulk(list(pks - {None})))

    def related(self, model: type[Any], column: str, values: list[Any]) -> dict[Any, Rows]:
        """Return the rows that have one of these values in a column, by value."""
        found: dict[Any, Rows] = {}
        rows = model._default_manager.using(self.database).filter(**{f"{column}__in": values})
        for row in rows.order_by("pk"):
            found.setdefault(getattr(row, column), []).append(row)
        return found

    def _columns_of(self, table: str) -> set[str]:
        connection = connections[self.database]
        with connection.cursor() as cursor:
            found = connection.introspection.get_table_description(cursor, table)
        return {column.name for column in found}


def _after(names: list[str], values: tuple[Any, ...]) -> Q:
    """Q: rows after these values, in an order with NULL last."""
    later = Q()
    equal = Q()
    for name, value in zip(names, values, strict=True):
        if value is None:
            equal &= Q(**{f"{name}__isnull": True})
            continue
        later |= equal & (Q(**{f"{name}__gt": value}) | Q(**{f"{name}__isnull": True}))
        equal &= Q(**{name: value})
    return later


# Columns of the old tables. A foreign key is read as the value it holds.


def key() -> models.Field[Any, Any]:
    """An integer primary key."""
    return models.BigIntegerField(primary_key=True)


def number(**options: Any) -> models.Field[Any, Any]:
    """An integer, or a foreign key."""
    return models.BigIntegerField(null=True, **options)


def text(**options: Any) -> models.Field[Any, Any]:
    """A text, or JSON."""
    return models.TextField(null=True, **options)


def flag(**options: Any) -> models.Field[Any, Any]:
    """A boolean."""
    return models.BooleanField(null=True, **options)


def moment(**options: Any) -> models.Field[Any, Any]:
    """A datetime."""
    return models.DateTimeField(null=True, **options)


def user_key(**options: Any) -> models.Field[Any, Any]:
    """A foreign key to a user, of the type of the project's user keys."""
    pk = get_user_model()._meta.pk
    if isinstance(pk, models.UUIDField):
        return models.UUIDField(null=True, **options)
    if isinstance(pk, models.IntegerField):
        return models.BigIntegerField(null=True, **options)
    return models.CharField(max_length=255, null=True, **options)
