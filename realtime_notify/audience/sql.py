"""SQL expressions shared by the two directions of the audience.

A generic foreign key stores a primary key as text. To look up a user or a group by it, the query
casts the text, not the key column, so that the index on the key is used.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.db import connections, models, router
from django.db.models import Case, Exists, ExpressionWrapper, F, Func, OuterRef, Q, Value, When
from django.db.models.functions import Cast, Replace
from django.db.models.lookups import Exact

from realtime_notify.conf import settings
from realtime_notify.models import Event, NotificationType, Subscription
from realtime_notify.models.moments import clock_skew


def allows_medium(medium: str) -> Q:
    """Q: subscriptions that allow this medium: by their own choice, or that of their type."""
    chosen = Subscription.media.through.objects.filter(subscription=OuterRef("pk"))
    return Q(~Exists(chosen)) & type_allows(medium) | Q(Exists(chosen.filter(medium=medium)))


def type_allows(medium: str) -> Q:
    """Q: events or subscriptions of a type whose media, which may be all, include this one."""
    return ~Q(type__in=types_without(medium))


def types_without(medium: str) -> models.QuerySet[Any, Any]:
    """Return the keys of types whose media are not all and don't include this one.

    They are few: as a list, a database looks them up once, and not for each row.
    """
    lacking = ~Q(HasText(F("media"), Value(medium)))
    types = NotificationType.objects.filter(lacking, media__0__isnull=False)
    return types.order_by().values("pk")


def is_required(type_id: Any) -> Exists:
    """Return whether a type, named by its key or an expression for it, is required."""
    return Exists(NotificationType.objects.filter(pk=type_id, required=True))


def is_active() -> dict[str, bool]:
    """Return the look-up for active users; empty if the user model has no `is_active`."""
    try:
        get_user_model()._meta.get_field("is_active")
    except FieldDoesNotExist:
        return {}
    return {"is_active": True}


def joined_field() -> str:
    """Return the name of the field with the time a user joined; "" if users have none."""
    try:
        found = get_user_model()._meta.get_field(settings.JOINED_FIELD)
    except FieldDoesNotExist:
        return ""
    return found.name if isinstance(found, models.DateTimeField) else ""


def had_begun(moment: Any, event_pk: Any) -> Q:
    """Q: subscriptions that had begun when an event happened.

    Clocks of two hosts are compared only roughly: a subscription that was made before the event was
    written, as `after_event` proves, may have begun a little later by its clock.

    Args:
        moment: when the event happened, which is a time or an expression.
        event_pk: its primary key, or an expression; None if it is not saved.
    """
    begun = Q(since__lte=moment)
    if event_pk is None:
        return begun
    later = moment + clock_skew()
    if not isinstance(later, datetime):
        later = ExpressionWrapper(later, output_field=models.DateTimeField())
    return begun | Q(after_event__lt=event_pk, since__lte=later)


def had_joined(moment: Any) -> Q:
    """Q: users who had joined at a moment, which is a time or an expression."""
    name = joined_field()
    return Q(**{name: None}) | Q(**{f"{name}__lte": moment}) if name else Q()


def email_field() -> str:
    """Return the name of the user model's e-mail field; "" if it has none."""
    model = get_user_model()
    name = model.get_email_field_name()
    return name if any(field.name == name for field in model._meta.fields) else ""


def outer_ref(name: str, depth: int) -> Any:
    """Return a reference to a column of the query `depth` levels out; 1 is `OuterRef`."""
    reference: Any = name
    for _ in range(depth):
        reference = OuterRef(reference)
    return reference


def key_field(model: type[models.Model]) -> models.Field[Any, Any]:
    """Return the field that holds a model's primary key, behind any one-to-one links."""
    field: Any = model._meta.pk
    while field.remote_field:
        field = field.target_field
    return field  # type: ignore[no-any-return]


def key_in(model: type[models.Model], type_id: Any, text: Any) -> Case:
    """Return the primary key that a generic foreign key holds.

    Args:
        model: the model whose primary key is wanted.
        type_id: an expression for the content type's primary key.
        text: an expression for the object's primary key, as text.

    Returns:
        An expression of the key's own type; NULL if the foreign key refers to another model.
    """
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
    return not connections[router.db_for_write(Event)].features.has_native_uuid_field


class HasText(Func):
    """Whether a list in a JSON column has a text; False where the column is NULL."""

    output_field = models.BooleanField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Use JSON containment."""
        template = "COALESCE(%(expressions)s::text), FALSE)"
        return self.as_sql(
            compiler, connection, template=template, arg_joiner=" @> to_jsonb(", **context
        )

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Use JSON_CONTAINS."""
        template = "COALESCE(JSON_CONTAINS(%(expressions)s)), 0) = 1"
        return self.as_sql(
            compiler, connection, template=template, arg_joiner=", JSON_QUOTE(", **context
        )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Read the list as a table."""
        template = "EXISTS (SELECT 1 FROM json_each(%(expressions)s)"
        return self.as_sql(
            compiler, connection, template=template, arg_joiner=") WHERE value = ", **context
        )


class JSONListContains(Func):
    """Whether a list of primary keys inside a JSON column contains a user's key.

    Args:
        name: the name of the list in the column `Event.audience`: "to", "only" or "exclude".
        column: an expression for the column.
        user_pk: an expression for the user's primary key that knows its type.
    """

    output_field = models.BooleanField()

    def __init__(self, name: str, column: Any, user_pk: Any) -> None:
        super().__init__(column, user_pk, name=name)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Use JSON containment; a list that does not exist contains nobody."""
        template = "COALESCE(%(expressions)s), FALSE)"
        joiner = " -> '{}' @> to_jsonb(".format(self.extra["name"])
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner, **context)

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Use JSON_CONTAINS; a number is valid JSON as it is, and text has to be quoted."""
        number = isinstance(key_field(get_user_model()), models.IntegerField)
        quoted = "CAST({} AS CHAR)" if number else "JSON_QUOTE(CAST({} AS CHAR))"
        before, after = quoted.split("{}")
        template = f"COALESCE(JSON_CONTAINS(%(expressions)s{after}, '$.%(name)s'), 0) = 1"
        return self.as_sql(
            compiler, connection, template=template, arg_joiner=f", {before}", **context
        )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Read the list as a table; SQLite stores a UUID without its hyphens."""
        text = isinstance(key_field(get_user_model()), models.UUIDField)
        value = "REPLACE(value, '-', '')" if text else "value"
        joiner = f", '$.%s') WHERE {value} = " % self.extra["name"]
        template = "EXISTS (SELECT 1 FROM json_each(%(expressions)s)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=joiner, **context)


def user_pk_expression(user_id: Any) -> Cast:
    """Return an expression for a user's primary key that knows its type."""
    field = key_field(get_user_model())
    return Cast(Value(user_id, output_field=field.clone()), output_field=field.clone())
