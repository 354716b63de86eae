"""What old rows point at: people, models, objects, kinds of events, in the words of this project.

The old tables may lie in a database of their own, where the same model has another content type,
so models are found by their names.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models

from realtime_notify.exceptions import InvalidKey
from realtime_notify.importing.tables import OldTables, key, text
from realtime_notify.keys import MAX_KEY_LENGTH, validate_key
from realtime_notify.publish.validation import address_of

_NOT_IN_KEYS = re.compile(r"[^A-Za-z0-9_.:/@+~=-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reference:
    """A generic reference to an object, which may be gone.

    Attributes:
        kind: the content type of its model, in this project.
        pk: its primary key, as text.
        text: how it read, where the old table says so.
    """

    kind: ContentType
    pk: str
    text: str = ""


class Models:
    """Finds this project's content type for one of the old database."""

    def __init__(self, tables: OldTables) -> None:
        """Read the old table of content types."""
        columns = {"id": key(), "app_label": text(), "model": text()}
        table = tables.table("content_type", columns, prefix="django")
        self._names = {row.id: (row.app_label, row.model) for row in tables.all(table)}
        self._found: dict[int, ContentType | None] = {}

    def ours(self, old_id: int | None) -> ContentType | None:
        """Return the content type, or None where this project knows no such model."""
        if old_id is None:
            return None
        if old_id not in self._found:
            label, name = self._names.get(old_id, ("", ""))
            self._found[old_id] = ContentType.objects.filter(app_label=label, model=name).first()
        return self._found[old_id]

    def reference(self, old_id: int | None, pk: object, text: str = "") -> Reference | None:
        """Return a reference, or None where there is none, or none that can be followed."""
        kind = self.ours(old_id)
        if kind is None or pk is None or pk == "":
            return None
        return Reference(kind, str(pk), text)


class Keys:
    """Turns the names that the old system had for kinds of events into keys."""

    def __init__(self, given: Mapping[str, str], otherwise: str = "") -> None:
        """Remember what the caller decided.

        Args:
            given: keys by old name.
            otherwise: the key of every name that is not given; the name itself when empty.

        Raises:
            InvalidKey: a key is none.
        """
        self.given = {name: validate_key(key) for name, key in given.items()}
        self._otherwise = otherwise

    def key(self, name: str) -> str:
        """Return the key of an old name: itself where it is one, else what is left of it.

        A digest is added to what had to be changed, so that two names never become one key.
        """
        if name in self.given:
            return self.given[name]
        if self._otherwise:
            return self._otherwise
        try:
            return validate_key(name)
        except InvalidKey:
            digest = hashlib.sha256(name.encode()).hexdigest()[:6]
            plain = _NOT_IN_KEYS.sub("-", name).strip("-")[: MAX_KEY_LENGTH - len(digest) - 1]
            return f"{plain}~{digest}" if plain else f"~{digest}"


def people(pks: Iterable[Any]) -> set[Any]:
    """Return those of these keys that belong to users."""
    wanted = {pk for pk in pks if pk is not None}
    users = get_user_model()._base_manager.filter(pk__in=wanted)
    return set(users.values_list("pk", flat=True))


def describe(references: Iterable[Reference | None]) -> dict[Reference, tuple[str, str]]:
    """Return how objects read today, and their addresses; one query a model.

    An object that is gone reads as its model and its key.
    """
    by_kind: dict[ContentType, dict[str, Reference]] = {}
    for one in references:
        if one is not None:
            by_kind.setdefault(one.kind, {})[one.pk] = one
    described = {}
    for kind, wanted in by_kind.items():
        there = _objects(kind, wanted)
        for pk, one in wanted.items():
            if pk in there:
                described[one] = (one.text or str(there[pk]))[:255], address_of(there[pk])
            else:
                described[one] = (one.text or f"{kind.name} {pk}")[:255], ""
    return described


def content_digest(*parts: object) -> str:
    """Return a short text that is the same for the same parts, for ever."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:32]


def parsed(value: object) -> Any:
    """Return what a column of JSON holds; a text that is none as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _objects(kind: ContentType, wanted: Mapping[str, Reference]) -> dict[str, models.Model]:
    model = kind.model_class()
    if model is None:
        return {}
    pks = []
    for pk in wanted:
        try:
            pks.append(model._meta.pk.to_python(pk))
        except ValidationError:
            continue  # no key of this model at all
    return {str(one.pk): one for one in model._base_manager.filter(pk__in=pks)}
