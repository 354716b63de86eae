"""django-entity: what stood for users, groups, and everything else that took part in events."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType

from realtime_notify.audience.groups import group_kind_of
from realtime_notify.audience.subscribers import Subscriber
from realtime_notify.importing.references import Reference, people
from realtime_notify.importing.source import Source
from realtime_notify.importing.tables import key, number, text

ENTITY_PREFIX = "entity"


class CannotMap(Exception):
    """A rule that has no equal here."""


class Entities:
    """Turns entities into the users, groups and objects that they stood for."""

    def __init__(self, source: Source) -> None:
        self._source = source
        tables = source.tables
        columns = {
            "id": key(),
            "entity_type_id": number(),
            "entity_id": number(),
            "entity_kind_id": number(),
            "display_name": text(default=""),
        }
        self._table = tables.table("entity", columns, ENTITY_PREFIX)
        kinds = tables.table("entitykind", {"id": key(), "name": text()}, ENTITY_PREFIX)
        self._kinds = {row.id: row.name for row in tables.all(kinds)}
        self._loaded: dict[int, Any] = {}
        self._users: dict[str, Any] = {}
        self._user_kinds = self._kinds_of_users()

    def load(self, ids: set[int]) -> None:
        """Read the entities that a batch speaks of."""
        self._loaded = self._source.tables.by_pk(self._table, ids)
        to_python = get_user_model()._meta.pk.to_python
        users = [row for row in self._loaded.values() if self._is_user(row)]
        pks = [to_python(row.entity_id) for row in users]
        self._users = {str(pk): pk for pk in people(pks)}

    def reference(self, entity_id: int) -> Reference | None:
        """Return the object an entity stood for."""
        row = self._loaded.get(entity_id)
        if row is None:
            return None
        name = row.display_name or ""
        return self._source.models.reference(row.entity_type_id, row.entity_id, name)

    def user_id(self, entity_id: int) -> Any:
        """Return the key of the user an entity stood for; None when it was none."""
        row = self._loaded.get(entity_id)
        return (
            self._users.get(str(row.entity_id)) if row is not None and self._is_user(row) else None
        )

    def subscriber(self, entity_id: int, kind_id: int | None) -> Subscriber:
        """Return whom a subscription was for: one entity, or those of a kind below it."""
        if kind_id is None:
            user_id = self.user_id(entity_id)
            if user_id is None:
                raise CannotMap("is of an entity that is no user here")
            return Subscriber(user_id=user_id)
        group = self.reference(entity_id)
        model = group.kind.model_class() if group else None
        group_kind = group_kind_of(model) if model else None
        if group is None or group_kind is None:
            raise CannotMap("is of a group of no model that register_group() knows")
        role = ""
        if self._user_kinds != {kind_id}:
            role = self._kinds.get(kind_id, "")
            if not group_kind.role:
                raise CannotMap(f"is for the kind {role!r}, and the group knows no roles")
        return Subscriber(group_type=group.kind, group_id=group.pk, role=role)

    def _is_user(self, row: Any) -> bool:
        kind = self._source.models.ours(row.entity_type_id)
        return kind == ContentType.objects.get_for_model(get_user_model())

    def _kinds_of_users(self) -> set[int]:
        """Return the kinds that users were of; where there is just one, it meant everybody."""
        rows = self._table._default_manager.using(self._source.tables.database)
        pairs = rows.order_by().values_list("entity_type_id", "entity_kind_id").distinct()
        users = ContentType.objects.get_for_model(get_user_model())
        return {kind for type_id, kind in pairs if self._source.models.ours(type_id) == users}
