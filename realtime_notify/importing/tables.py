"""The tables of an older system, as they stand in a database.

They are read through models that nobody manages, made on the spot from the columns a module asks
for. So every database's way of storing a moment or a UUID is Django's to know, and the models of
the old package, which may not even load any more, are not needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.apps.registry import Apps
from django.contrib.auth import get_user_model
from django.db import connections, models

from realtime_notify.exceptions import RealtimeNotifyError

Rows = list[Any]


class ImportFailed(RealtimeNotifyError, ValueError):
    """The tables to be imported are not there, or an option of the import makes no sense."""


class OldTables:
    """Finds the tables of one system, and reads them in batches."""

    def __init__(
        self,
        database: str,
        prefix: str,
        names: Mapping[str, str] | None = None,
        batch_size: int = 1000,
    ) -> None:
        """Look at a database.

        Args:
            database: the alias of the database that holds the tables.
            prefix: what the tables' names begin with, without the underscore.
            names: full names of tables that are called otherwise, by the name they usually have
                after the prefix.
            batch_size: how many rows to read, and write, at a time.
        """
        self.database = database
        self.prefix = prefix
        self.names = dict(names or {})
        self.batch_size = batch_size
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
            name: what the table is called after the prefix.
            columns: the columns to read. One with a default may be missing in the database, as
                old versions had fewer; every row then has the default.
            prefix: instead of the system's own prefix.

        Raises:
            ImportFailed: there is no such table, or it lacks a column that is needed.
        """
        full = self.name_of(name, prefix)
        if full not in self._existing:
            raise ImportFailed(
                f"There is no table {full!r} in the database {self.database!r}. Say where it is "
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
                    f"The table {full!r} has no column {column!r}; it is none of the versions "
                    "that can be imported. Migrate it to the newest version first."
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
        """Return the columns of a table that its model does not read, in alphabetical order."""
        read = {field.column for field in model._meta.fields}
        return sorted(self._columns_of(model._meta.db_table) - read)

    def all(self, model: type[Any]) -> Rows:
        """Return all rows of a small table, in the order of their keys."""
        return list(model._default_manager.using(self.database).order_by("pk"))

    def count(self, model: type[Any]) -> int:
        """Return how many rows a table has."""
        return int(model._default_manager.using(self.database).count())

    def batches(self, model: type[Any]) -> Iterator[Rows]:
        """Yield all rows of a table in the order of their keys, a batch at a time."""
        rows = model._default_manager.using(self.database).order_by("pk")
        batch = list(rows[: self.batch_size])
        while batch:
            yield batch
            batch = list(rows.filter(pk__gt=batch[-1].pk)[: self.batch_size])

    def batches_by(self, model: type[Any], column: str) -> Iterator[Rows]:
        """Yield all rows of a table, those with the same value in a column in the same batch."""
        rows = model._default_manager.using(self.database)
        values = rows.order_by(column).values_list(column, flat=True).distinct()
        few = list(values.filter(**{f"{column}__isnull": False})[: self.batch_size])
        while few:
            yield list(rows.filter(**{f"{column}__in": few}).order_by(column, "pk"))
            few = list(values.filter(**{f"{column}__gt": few[-1]})[: self.batch_size])

    def by_pk(self, model: type[Any], pks: set[Any]) -> dict[Any, Any]:
        """Return the rows with these keys, by key."""
        rows = model._default_manager.using(self.database)
        return dict(rows.in_bulk(list(pks - {None})))

    def related(self, model: type[Any], column: str, values: list[Any]) -> dict[Any, Rows]:
        """Return the rows that point at these values with a column, by value."""
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


# The columns that tables are made of. Foreign keys are read as the values they hold.


def key() -> models.Field[Any, Any]:
    """The usual primary key."""
    return models.BigIntegerField(primary_key=True)


def number(**options: Any) -> models.Field[Any, Any]:
    """A whole number, or the key of a row elsewhere."""
    return models.BigIntegerField(null=True, **options)


def text(**options: Any) -> models.Field[Any, Any]:
    """Any text, JSON too."""
    return models.TextField(null=True, **options)


def flag(**options: Any) -> models.Field[Any, Any]:
    """Yes or no."""
    return models.BooleanField(null=True, **options)


def moment(**options: Any) -> models.Field[Any, Any]:
    """A date and a time."""
    return models.DateTimeField(null=True, **options)


def user_key(**options: Any) -> models.Field[Any, Any]:
    """The primary key of a user, whatever kind the project's users have."""
    kind = get_user_model()._meta.pk
    if isinstance(kind, models.UUIDField):
        return models.UUIDField(null=True, **options)
    if isinstance(kind, models.IntegerField):
        return models.BigIntegerField(null=True, **options)
    return models.CharField(max_length=255, null=True, **options)
