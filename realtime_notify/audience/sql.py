"""Conditions that the two readings of the audience share, as SQL.

A generic reference holds a primary key as text. To look a person or a group up by it, the text
becomes a key again, inside the query and so that the table's index is used.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.db import connections, models, router
from django.db.models import Case, Exists, Func, OuterRef, Q, Value, When
from django.db.models.functions import Cast, Replace
from django.db.models.lookups import Exact

from realtime_notify.models import Event, Subscription


def allows_medium(medium: str) -> Q:
    """The condition on subscriptions of wanting to be reached by a medium."""
    chosen = Subscription.media.through.objects.filter(subscription=OuterRef("pk"))
    return Q(~Exists(chosen)) | Q(Exists(chosen.filter(medium=medium)))


def is_active() -> dict[str, bool]:
    """The look-up that leaves inactive users out, where the user model knows such a thing."""
    try:
        get_user_model()._meta.get_field("is_active")
    except FieldDoesNotExist:
        return {}
    return {"is_active": True}


def outer_ref(name: str, depth: int) -> Any:
    """Refer to a column of the query `depth` levels further out."""
    reference: Any = name
    for _ in range(depth):
        reference = OuterRef(reference)
    return reference


def key_field(model: type[models.Model]) -> models.Field[Any, Any]:
    """Return the field that says what a model's primary keys are made of."""
    field: Any = model._meta.pk
    while field.remote_field:
        field = field.target_field
    return field  # type: ignore[no-any-return]


def key_in(model: type[models.Model], type_id: Any, text: Any) -> Case:
    """Return the primary key that a generic reference holds; NULL when it is of another model."""
    field = key_field(model)
    return Case(
        When(
            Exact(type_id, Value(ContentType.objects.get_for_model(model).pk)),
            then=_as_key(field, text),
        ),
        default=Value(None),
        output_field=field.clone(),
    )


def _as_key(field: models.Field[Any, Any], text: Any) -> Any:
    if isinstance(field, models.CharField | models.TextField):
        return text
    if isinstance(field, models.UUIDField) and _stores_uuids_as_text():
        return Replace(text, Value("-"), Value(""), output_field=field.clone())
    return Cast(text, output_field=field.clone())


def _stores_uuids_as_text() -> bool:
    return not connections[router.db_for_read(Event)].features.has_native_uuid_field


class JSONListContains(Func):
    """Whether a list of people that an event was called with names somebody.

    Args:
        which: the list: "to", "only" or "exclude".
        audience: the event's column, where the list is.
        person: the primary key of a user, as an expression that knows its type.
    """

    output_field = models.BooleanField()

    def __init__(self, which: str, audience: Any, person: Any) -> None:
        super().__init__(audience, person, which=which)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """One JSON value inside another; no list at all names nobody."""
        template = "COALESCE(%(expressions)s), FALSE)"
        joiner = " -> '{}' @> to_jsonb(".format(self.extra["which"])
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner, **context)

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """A number is its own JSON; a text must be quoted."""
        number = isinstance(key_field(get_user_model()), models.IntegerField)
        quoted = "CAST({} AS CHAR)" if number else "JSON_QUOTE(CAST({} AS CHAR))"
        before, after = quoted.split("{}")
        template = f"COALESCE(JSON_CONTAINS(%(expressions)s{after}, '$.%(which)s'), 0) = 1"
        return self.as_sql(
            compiler, connection, template=template, arg_joiner=f", {before}", **context
        )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """The list as a table; a UUID is stored without its hyphens."""
        text = isinstance(key_field(get_user_model()), models.UUIDField)
        value = "REPLACE(value, '-', '')" if text else "value"
        joiner = f", '$.%s') WHERE {value} = " % self.extra["which"]
        template = "EXISTS (SELECT 1 FROM json_each(%(expressions)s)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner, **context)


def user_pk_expression(user_id: Any) -> Cast:
    """Return a user's primary key as an expression that knows its type."""
    field = key_field(get_user_model())
    return Cast(Value(user_id, output_field=field.clone()), output_field=field.clone())
