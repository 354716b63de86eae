"""Partial indexes, where the database has them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.models import Q


class PartialIndex(models.Index):
    """An index of the rows that meet a condition; of all rows where the database has no such index.

    MySQL and MariaDB have none. There, Django ignores `Index.condition` and warns of it in a system
    check, and two indexes that differ in their condition alone become the same one. This index has
    fields of its own for such databases.

    Args:
        fields: the fields, as for `Index`.
        name: the name of the index.
        where: the condition.
        otherwise: the fields where the database has no partial indexes; the same ones if None.
    """

    def __init__(
        self, *, fields: list[str], name: str, where: Q, otherwise: list[str] | None = None
    ) -> None:
        super().__init__(fields=fields, name=name)
        self.where = where
        self.otherwise = list(otherwise or fields)

    def create_sql(
        self,
        model: type[models.Model],
        schema_editor: BaseDatabaseSchemaEditor,
        using: str = "",
        **kwargs: Any,
    ) -> Statement:
        """Return the statement that creates the index that this database can have."""
        if schema_editor.connection.features.supports_partial_indexes:
            index = models.Index(fields=self.fields, name=self.name, condition=self.where)
        else:
            index = models.Index(fields=self.otherwise, name=self.name)
        return index.create_sql(model, schema_editor, using, **kwargs)

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        """Return what a migration needs to make the index again."""
        path, expressions, arguments = super().deconstruct()
        return path, expressions, {**arguments, "where": self.where, "otherwise": self.otherwise}
