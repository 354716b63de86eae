"""Fields of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    CharField = models.CharField[Any, Any]  # generic for type checkers only
else:
    CharField = models.CharField


class ExactCharField(CharField):
    """A text by which something is known, and which therefore equals itself alone.

    MySQL and MariaDB compare texts without case, accents and trailing spaces unless told
    otherwise; all others compare them as they are.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        """Add the collation that compares bytes, where the database has another in mind."""
        parameters: Any = super().db_parameters(connection)
        if connection.vendor == "mysql":
            is_mariadb = getattr(connection, "mysql_is_mariadb", False)
            binary = "utf8mb4_nopad_bin" if is_mariadb else "utf8mb4_0900_bin"
            parameters["collation"] = binary
        return parameters


def cascade_required(collector: Any, field: Any, rows: Any, using: str) -> None:
    """Delete rows with what they refer to, for `on_delete`, where they could not be without it.

    Where constraints cannot wait for the end of a transaction, as in MariaDB, Django's CASCADE
    empties a column that may be empty before it deletes the row. A row that must belong to
    somebody then breaks its own constraint. Rows that are not said to be nullable go first.
    """
    collector.collect(rows, source=field.remote_field.model, source_attr=field.name, nullable=False)
