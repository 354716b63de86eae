"""Hints: primary keys in the data of events, and the objects that they refer to.

A hint declares that the values under a key of the data are primary keys of a model. The key may
occur at any depth; its value is one primary key or a list of them. The objects of a whole page of
events are fetched together, with one query per model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import IntegerField, Model

from realtime_notify.audience.sql import key_field
from realtime_notify.exceptions import InvalidRenderer

_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Hint:
    """What the values under a key of the data refer to.

    Attributes:
        model: the model of the primary keys.
        select_related, prefetch_related: related objects to fetch, as in querysets.
        fields: the names of the fields in a serialised object; None for all.
    """

    model: type[Model]
    select_related: tuple[str, ...] = ()
    prefetch_related: tuple[str, ...] = ()
    fields: tuple[str, ...] | None = None

    @classmethod
    def of(cls, key: str, given: Mapping[str, Any]) -> Hint:
        """Read a hint as a renderer stores it.

        Raises:
            InvalidRenderer: its model does not exist.
        """
        try:
            model = apps.get_model(given["app_name"], given["model_name"])
        except (LookupError, TypeError, ValueError) as error:
            raise InvalidRenderer(
                f"The hint {key!r}: {given!r} names a model that does not exist ({error}). Set "
                "app_name and model_name."
            ) from error
        fields = given.get("fields")
        return cls(
            model,
            tuple(given.get("select_related") or ()),
            tuple(given.get("prefetch_related") or ()),
            None if fields is None else tuple(fields),
        )

    def merged(self, other: Hint) -> Hint:
        """Return this hint with the related objects of another hint for the same model as well."""
        return Hint(
            self.model,
            tuple(dict.fromkeys((*self.select_related, *other.select_related))),
            tuple(dict.fromkeys((*self.prefetch_related, *other.prefetch_related))),
            self.fields,
        )


Hints = Mapping[str, Hint]


def merge(several: Iterable[Mapping[str, Any]]) -> dict[str, Hint]:
    """Return the hints of several renderers as one; for a key with two models the first wins.

    Raises:
        InvalidRenderer: the model of a hint does not exist, or hints are not a dictionary.
    """
    merged: dict[str, Hint] = {}
    for hints in several:
        if hints and not isinstance(hints, Mapping):
            raise InvalidRenderer(f"The hints {hints!r} are not a dictionary.")
        for key, given in (hints or {}).items():
            hint = Hint.of(key, given)
            known = merged.setdefault(key, hint)
            if known.model is hint.model:
                merged[key] = known.merged(hint)
    return merged


class ObjectCache:
    """The objects of a page of events, by model and primary key."""

    def __init__(self) -> None:
        self._objects: dict[type[Model], dict[Any, Model]] = {}

    def fetch(self, pages: Iterable[tuple[Any, Hints]]) -> None:
        """Fetch the objects that the hints find in the data; one query per model.

        Args:
            pages: pairs of data and the hints for it.
        """
        hints: dict[type[Model], Hint] = {}
        keys: dict[type[Model], set[Any]] = {}
        for data, hints_of_data in pages:
            for hint, raw in _found(data, hints_of_data):
                known = hints.setdefault(hint.model, hint)
                hints[hint.model] = known.merged(hint)
                keys.setdefault(hint.model, set()).add(key_of(hint.model, raw))
        for model, hint in hints.items():
            rows = model._default_manager.filter(pk__in=keys[model] - {None})
            if hint.select_related:
                rows = rows.select_related(*hint.select_related)
            self.add(rows.prefetch_related(*hint.prefetch_related))

    def fetch_keys(self, model: type[Model], keys: Iterable[Any]) -> None:
        """Fetch objects of a model by primary key, unless they are cached."""
        missing = {key_of(model, key) for key in keys} - {None, *self._objects.get(model, ())}
        if missing:
            self.add(model._default_manager.filter(pk__in=missing))

    def add(self, objects: Iterable[Model]) -> None:
        """Add objects to the cache."""
        for instance in objects:
            self._objects.setdefault(type(instance), {})[instance.pk] = instance

    def get(self, model: type[Model], raw: Any) -> Model | None:
        """Return the object with a primary key, which may be text; None if there is none."""
        return self._objects.get(model, {}).get(key_of(model, raw))

    def resolve(self, data: Any, hints: Hints) -> Any:
        """Return a copy of the data with objects in place of their primary keys."""
        if isinstance(data, list):
            return [self.resolve(item, hints) for item in data]
        if not isinstance(data, dict):
            return data
        return {
            key: self._objects_of(value, hints[key], hints)
            if key in hints
            else self.resolve(value, hints)
            for key, value in data.items()
        }

    def _objects_of(self, value: Any, hint: Hint, hints: Hints) -> Any:
        if isinstance(value, list):
            return [self._objects_of(item, hint, hints) for item in value]
        if isinstance(value, dict):
            return self.resolve(value, hints)
        return self.get(hint.model, value)


def key_of(model: type[Model], raw: Any) -> Any:
    """Return a primary key as the model's Python type; None for an invalid one."""
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        return None
    field = key_field(model)
    try:
        key = field.to_python(raw)
    except (ValidationError, ValueError, TypeError, OverflowError):
        return None
    too_large = isinstance(field, IntegerField) and abs(key) > _LARGEST
    return None if too_large else key


def _found(data: Any, hints: Hints) -> Iterator[tuple[Hint, Any]]:
    """Yield the primary keys in the data, at any depth, each with its hint."""
    if isinstance(data, list):
        for item in data:
            yield from _found(item, hints)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key in hints:
                yield from _keys_in(value, hints[key], hints)
            else:
                yield from _found(value, hints)


def _keys_in(value: Any, hint: Hint, hints: Hints) -> Iterator[tuple[Hint, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _keys_in(item, hint, hints)
    elif isinstance(value, dict):
        yield from _found(value, hints)
    elif value is not None:
        yield hint, value
