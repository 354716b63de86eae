"""`INSERT ... SELECT`, for which Django's ORM has no method."""

from __future__ import annotations

from typing import Any

from django.db import connections, models, router
from django.db.models.constants import OnConflict


def insert_select(
    model: type[models.Model],
    columns: dict[str, Any],
    source: models.QuerySet[Any, Any],
    on_conflict: OnConflict | None = None,
) -> None:
    """Run `INSERT INTO model (columns) SELECT ... FROM source`.

    Args:
        model: the model whose table the rows go to.
        columns: expressions over `source`, by the names of the model's fields.
        source: the rows that are selected, one for each row to insert.
        on_conflict: what to do with rows that break a unique constraint; None raises.
    """
    using = router.db_for_write(model)
    connection = connections[using]
    quote = connection.ops.quote_name
    aliased = {f"rn_{name}": expression for name, expression in columns.items()}
    selected = source.using(using).annotate(**aliased).values_list(*aliased)
    select, parameters = selected.query.get_compiler(using=using).as_sql()
    column_of = {field.name: str(field.column) for field in model._meta.local_concrete_fields}
    names = [quote(column_of[name]) for name in columns]
    insert = connection.ops.insert_statement(on_conflict=on_conflict)
    suffix = connection.ops.on_conflict_suffix_sql([], on_conflict, [], [])
    statement = f"{insert} {quote(model._meta.db_table)} ({', '.join(names)}) {select} {suffix}"
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
