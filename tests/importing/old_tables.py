"""The tables of the five older systems, as their newest migrations leave them.

Just the names and types of columns. Foreign keys are columns like others, as in a database that
was copied without its constraints.
"""

from __future__ import annotations

from typing import Any

from django.apps.registry import Apps
from django.contrib.auth import get_user_model
from django.db import connections, models

_REGISTRY = Apps()
TABLES: dict[str, type[Any]] = {}


def _table(name: str, /, **columns: models.Field[Any, Any]) -> type[Any]:
    options = {"app_label": "old_tables", "apps": _REGISTRY, "db_table": name}
    meta = type("Meta", (), options)
    TABLES[name] = type(name, (models.Model,), {**columns, "Meta": meta, "__module__": __name__})
    return TABLES[name]


def create(using: str) -> None:
    """Create all the tables in a database."""
    with connections[using].schema_editor() as editor:
        for table in TABLES.values():
            editor.create_model(table)


def _auto() -> models.Field[Any, Any]:
    return models.AutoField(primary_key=True)


def _integer(**options: Any) -> models.Field[Any, Any]:
    return models.BigIntegerField(**options)


def _optional() -> models.Field[Any, Any]:
    return models.BigIntegerField(null=True)


def _char(length: int, **options: Any) -> models.Field[Any, Any]:
    return models.CharField(max_length=length, **options)


def _text(**options: Any) -> models.Field[Any, Any]:
    return models.TextField(**options)


def _bool(default: bool) -> models.Field[Any, Any]:
    return models.BooleanField(default=default)


def _moment(**options: Any) -> models.Field[Any, Any]:
    return models.DateTimeField(**options)


def _user(**options: Any) -> models.Field[Any, Any]:
    is_uuid = isinstance(get_user_model()._meta.pk, models.UUIDField)
    return models.UUIDField(**options) if is_uuid else models.BigIntegerField(**options)


# django-nyt 1.6

NytType = _table(
    "nyt_notificationtype",
    key=_char(128, primary_key=True),
    label=_char(128, null=True),
    content_type_id=_optional(),
)
NytSettings = _table(
    "nyt_settings",
    id=_auto(),
    user_id=_user(),
    interval=models.SmallIntegerField(default=0),
    is_default=_bool(True),
    created=_moment(),
    modified=_moment(),
)
NytSubscription = _table(
    "nyt_subscription",
    id=_auto(),
    settings_id=_integer(),
    notification_type_id=_char(128),
    object_id=_char(64, null=True),
    send_emails=_bool(True),
    latest_id=_optional(),
    created=_moment(),
    last_sent=_moment(null=True),
    modified=_moment(),
)
NytNotification = _table(
    "nyt_notification",
    id=_auto(),
    message=_text(),
    url=_char(2000, null=True),
    is_viewed=_bool(False),
    is_emailed=_bool(False),
    created=_moment(),
    occurrences=models.PositiveIntegerField(default=1),
    subscription_id=_optional(),
    user_id=_user(null=True),
    modified=_moment(),
)

# django-notifications-hq 1.8

HqNotification = _table(
    "notifications_notification",
    id=_auto(),
    level=_char(20, default="info"),
    unread=_bool(True),
    actor_content_type_id=_integer(),
    actor_object_id=_char(255),
    verb=_char(255),
    description=_text(null=True),
    target_content_type_id=_optional(),
    target_object_id=_char(255, null=True),
    action_object_content_type_id=_optional(),
    action_object_object_id=_char(255, null=True),
    public=_bool(True),
    recipient_id=_user(),
    deleted=_bool(False),
    emailed=_bool(False),
    data=_text(null=True),
    timestamp=_moment(),
)

# django-tidings 2.0

Watch = _table(
    "tidings_watch",
    id=_auto(),
    event_type=_char(30),
    content_type_id=_optional(),
    object_id=_optional(),
    user_id=_user(null=True),
    email=_char(254, null=True),
    secret=_char(10, null=True),
    is_active=_bool(True),
)
WatchFilter = _table(
    "tidings_watchfilter", id=_auto(), watch_id=_integer(), name=_char(20), value=_integer()
)

# django-entity 6 and django-entity-event 3

EntityKind = _table(
    "entity_entitykind",
    id=_auto(),
    name=_char(256),
    display_name=_text(default=""),
    is_active=_bool(True),
)
Entity = _table(
    "entity_entity",
    id=_auto(),
    display_name=_text(default=""),
    entity_id=models.IntegerField(),
    entity_meta=models.JSONField(null=True),
    is_active=_bool(True),
    entity_kind_id=_integer(),
    entity_type_id=_integer(),
)
EeSourceGroup = _table(
    "entity_event_sourcegroup",
    id=_auto(),
    name=_char(256),
    display_name=_char(256, default=""),
    description=_text(default=""),
)
EeSource = _table(
    "entity_event_source",
    id=_auto(),
    name=_char(256),
    display_name=_char(256, default=""),
    description=_text(default=""),
    group_id=_integer(),
)
EeMedium = _table(
    "entity_event_medium",
    id=_auto(),
    name=_char(256),
    display_name=_char(256, default=""),
    description=_text(default=""),
    additional_context=models.JSONField(null=True),
    rendering_style_id=_optional(),
    time_created=_moment(),
)
EeStyle = _table(
    "entity_event_renderingstyle",
    id=_auto(),
    name=_char(256),
    display_name=_char(256, default=""),
)
EeRenderer = _table(
    "entity_event_contextrenderer",
    id=_auto(),
    name=_char(256),
    text_template_path=_char(256, default=""),
    html_template_path=_char(256, default=""),
    text_template=_text(default=""),
    html_template=_text(default=""),
    context_hints=models.JSONField(null=True),
    rendering_style_id=_integer(),
    source_id=_optional(),
    source_group_id=_optional(),
)
EeSubscription = _table(
    "entity_event_subscription",
    id=_auto(),
    only_following=_bool(True),
    entity_id=_integer(),
    medium_id=_integer(),
    source_id=_integer(),
    sub_entity_kind_id=_optional(),
)
EeUnsubscription = _table(
    "entity_event_unsubscription",
    id=_auto(),
    entity_id=_integer(),
    medium_id=_integer(),
    source_id=_integer(),
)
EeEvent = _table(
    "entity_event_event",
    id=_auto(),
    context=models.JSONField(),
    time=_moment(),
    time_expires=_moment(),
    uuid=_char(512),
    source_id=_integer(),
)
EeActor = _table("entity_event_eventactor", id=_auto(), entity_id=_integer(), event_id=_integer())
EeSeen = _table(
    "entity_event_eventseen",
    id=_auto(),
    time_seen=_moment(),
    event_id=_integer(),
    medium_id=_integer(),
)

# django-object-events 1.2

OeType = _table("object_events_objecteventtype", id=_auto(), title=_char(255))
OeEvent = _table(
    "object_events_objectevent",
    id=_auto(),
    user_id=_user(null=True),
    creation_date=_moment(),
    event_type_id=_integer(),
    email_sent=_bool(False),
    read_by_user=_bool(False),
    content_type_id=_optional(),
    object_id=_optional(),
    event_content_type_id=_optional(),
    event_object_id=_optional(),
    additional_text=_char(128, default=""),
)
