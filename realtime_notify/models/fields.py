"""A character field that compares bytes, and an `on_delete` that keeps constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    CharField = models.CharField[Any, Any]  # generic for type checkers only
else:
    CharField = models.CharField


class ExactCharField(CharField):
    """A CharField compared byte for byte on every database.

    By default MySQL and MariaDB ignore case, accents and trailing spaces.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        """Add a binary collation on MySQL and MariaDB."""
        parameters: Any = super().db_parameters(connection)
        if connection.vendor == "mysql":
            is_mariadb = getattr(connection, "mysql_is_mariadb", False)
            binary = "utf8mb4_nopad_bin" if is_mariadb else "utf8mb4_0900_bin"
            parameters["collation"] = binary
        return parameters


def cascade_required(collector: Any, field: Any, rows: Any, using: str) -> None:
    """`on_delete` that deletes rows without setting their foreign key to NULL first.

    On databases that cannot defer constraints, such as MariaDB, Django's CASCADE sets a nullable
    foreign key to NULL before it deletes the row. A row whose check constraint requires one of
    several such keys would violate it. Collected as not nullable, the row is deleted at once.
    """
    collector.collect(rows, source=field.remote_field.model, source_attr=field.name, nullable=False)
