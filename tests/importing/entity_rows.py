"""Rows of django-entity and django-entity-event."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.importing.inboxes import BEGAN, at, kind
from tests.importing.old_tables import (
    EeActor,
    EeEvent,
    EeMedium,
    EeSource,
    EeSourceGroup,
    EeSubscription,
    EeUnsubscription,
    Entity,
    EntityKind,
)

END_OF_TIME = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


def entity(of: Any, entity_kind: str = "", **columns: Any) -> Any:
    name = entity_kind or of._meta.label_lower
    return Entity.objects.get_or_create(
        entity_type_id=kind(type(of)),
        entity_id=of.pk,
        entity_kind_id=EntityKind.objects.get_or_create(name=name)[0].pk,
        **columns,
    )[0]


def source(name: str, group: str = "site") -> Any:
    source_group = EeSourceGroup.objects.get_or_create(name=group, display_name=group.title())[0]
    return EeSource.objects.get_or_create(
        name=name, display_name=name.title(), group_id=source_group.pk, description=f"About {name}"
    )[0]


def medium(name: str, **columns: Any) -> Any:
    return EeMedium.objects.get_or_create(name=name, time_created=BEGAN, **columns)[0]


def subscription(who: Any, of: str, by: str, entity_kind: str = "", following: bool = False) -> Any:
    sub_kind = EntityKind.objects.get_or_create(name=entity_kind)[0].pk if entity_kind else None
    return EeSubscription.objects.create(
        entity_id=who.pk,
        source_id=source(of).pk,
        medium_id=medium(by).pk,
        sub_entity_kind_id=sub_kind,
        only_following=following,
    )


def unsubscription(who: Any, of: str, by: str) -> Any:
    return EeUnsubscription.objects.create(
        entity_id=who.pk, source_id=source(of).pk, medium_id=medium(by).pk
    )


def event(of: str, uuid: str, minutes: float = 1, **columns: Any) -> Any:
    actors = columns.pop("actors", [])
    row = EeEvent.objects.create(
        source_id=source(of).pk,
        uuid=uuid,
        time=at(minutes),
        **{"context": {}, "time_expires": END_OF_TIME, **columns},
    )
    for one in actors:
        EeActor.objects.create(event_id=row.pk, entity_id=entity(one).pk)
    return row
