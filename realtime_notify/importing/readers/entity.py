"""Reads django-entity: the rows that stand for users, groups and other objects in events."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType

from realtime_notify.audience.groups import group_kind_of
from realtime_notify.audience.subscribers import Subscriber
from realtime_notify.importing.job import ImportJob
from realtime_notify.importing.old_refs import OldRef, existing_users
from realtime_notify.importing.old_tables import key, number, text
from realtime_notify.importing.records import CannotImport

ENTITY_PREFIX = "entity"


class EntityReader:
    """Finds the user, group or object that an entity stands for."""

    def __init__(self, job: ImportJob) -> None:
        """Read the kinds of entities."""
        self._job = job
        tables = job.tables
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
        """Read the entities that a batch refers to."""
        self._loaded = self._job.tables.by_pk(self._table, ids)
        to_python = get_user_model()._meta.pk.to_python
        users = [row for row in self._loaded.values() if self._is_user(row)]
        pks = [to_python(row.entity_id) for row in users]
        self._users = {str(pk): pk for pk in existing_users(pks)}

    def ref(self, entity_id: int) -> OldRef | None:
        """Return a reference to the object an entity stands for."""
        row = self._loaded.get(entity_id)
        if row is None:
            return None
        name = row.display_name or ""
        return self._job.content_types.ref(row.entity_type_id, row.entity_id, name)

    def user_id(self, entity_id: int) -> Any:
        """Return the primary key of the user an entity stands for; None if it is not a user."""
        row = self._loaded.get(entity_id)
        if row is None or not self._is_user(row):
            return None
        return self._users.get(str(row.entity_id))

    def subscriber(self, entity_id: int, kind_id: int | None) -> Subscriber:
        """Return the subscriber of an old subscription.

        Args:
            entity_id: a user or, with `kind_id`, a group.
            kind_id: the kind of the group's members that the subscription is for.

        Raises:
            CannotImport: the entity cannot subscribe here.
        """
        if kind_id is None:
            user_id = self.user_id(entity_id)
            if user_id is None:
                raise CannotImport("the entity is not a user here")
            return Subscriber(user_id=user_id)
        group = self.ref(entity_id)
        model = group.content_type.model_class() if group else None
        group_kind = group_kind_of(model) if model else None
        if group is None or group_kind is None:
            raise CannotImport("the group's model is not registered with register_group()")
        role = ""
        if self._user_kinds != {kind_id}:
            role = self._kinds.get(kind_id, "")
            if not group_kind.role:
                raise CannotImport(
                    f"is for members of the kind {role!r}, but the group's model is registered "
                    "without roles"
                )
        return Subscriber(group_type=group.content_type, group_id=group.pk, role=role)

    def _is_user(self, row: Any) -> bool:
        model = self._job.content_types.find(row.entity_type_id)
        return model == ContentType.objects.get_for_model(get_user_model())

    def _kinds_of_users(self) -> set[int]:
        """Return the kinds that users have. If there is only one, it means all members."""
        rows = self._table._default_manager.using(self._job.tables.database)
        pairs = rows.order_by().values_list("entity_type_id", "entity_kind_id").distinct()
        users = ContentType.objects.get_for_model(get_user_model())
        find = self._job.content_types.find
        return {kind for type_id, kind in pairs if find(type_id) == users}
