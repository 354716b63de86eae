"""What old rows refer to: users, models and objects, found in this project.

The old tables may be in a database of their own, where the same model has another content type,
so models are matched by their names.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models

from realtime_notify.importing.old_tables import OldTables, key, text
from realtime_notify.links import object_url
from realtime_notify.models.primary import all_users
from realtime_notify.models.references import MAX_URL_LENGTH


@dataclass(frozen=True, slots=True)
class OldRef:
    """A generic reference to an object, which may be gone.

    Attributes:
        content_type: its model's content type in this project.
        pk: its primary key, as text.
        text: its text in the old table; "" to use the object's own.
    """

    content_type: ContentType
    pk: str
    text: str = ""


class Description(NamedTuple):
    """An object's text and URL, as an event stores them."""

    text: str
    url: str


class OldContentTypes:
    """Finds this project's content type for one of the old database."""

    def __init__(self, tables: OldTables) -> None:
        """Read the old table of content types."""
        columns = {"id": key(), "app_label": text(), "model": text()}
        table = tables.table("content_type", columns, prefix="django")
        self._names = {row.id: (row.app_label, row.model) for row in tables.all(table)}
        self._found: dict[int, ContentType | None] = {}

    def find(self, old_id: int | None) -> ContentType | None:
        """Return the content type, or None if this project does not have the model."""
        if old_id is None:
            return None
        if old_id not in self._found:
            label, name = self._names.get(old_id, ("", ""))
            self._found[old_id] = ContentType.objects.filter(app_label=label, model=name).first()
        return self._found[old_id]

    def ref(self, old_id: int | None, pk: object, text: str = "") -> OldRef | None:
        """Return a reference, or None if the row has none or its model is unknown."""
        content_type = self.find(old_id)
        if content_type is None or pk is None or pk == "":
            return None
        return OldRef(content_type, str(pk), text)


def existing_users(pks: Iterable[Any]) -> set[Any]:
    """Return the primary keys among these that belong to users."""
    wanted = {pk for pk in pks if pk is not None}
    users = all_users().filter(pk__in=wanted)
    return set(users.values_list("pk", flat=True))


def describe(refs: Iterable[OldRef | None]) -> dict[OldRef, Description]:
    """Return the current text and URL of objects, with one query a model.

    An object that is gone is described by its model and key.
    """
    by_model: dict[ContentType, dict[str, OldRef]] = {}
    for ref in refs:
        if ref is not None:
            by_model.setdefault(ref.content_type, {})[ref.pk] = ref
    described = {}
    for content_type, wanted in by_model.items():
        objects = _objects(content_type, wanted)
        for pk, ref in wanted.items():
            found = objects.get(pk)
            if found is None:
                described[ref] = Description((ref.text or f"{content_type.name} {pk}")[:255], "")
            else:
                url = (object_url(found) or "")[:MAX_URL_LENGTH]
                described[ref] = Description((ref.text or str(found))[:255], url)
    return described


def parse_json(value: object) -> Any:
    """Return the value of a JSON column; a text that is not JSON stays a text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _objects(content_type: ContentType, pks: Iterable[str]) -> Mapping[str, models.Model]:
    model = content_type.model_class()
    if model is None:
        return {}
    valid = []
    for pk in pks:
        try:
            valid.append(model._meta.pk.to_python(pk))
        except ValidationError:
            continue  # cannot be a key of this model
    return {str(found.pk): found for found in model._base_manager.filter(pk__in=valid)}
