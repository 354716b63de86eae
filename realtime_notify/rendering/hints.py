"""Primary keys in the data of events, and the objects that they stand for.

A hint says of a key of the data that primary keys stand behind it, and of which model. The key is
looked for at any depth; behind it stands one primary key or a list of them. The objects of a whole
page of events are fetched together, one query a model.
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
    """What stands behind a key.

    Attributes:
        model: whose primary keys they are.
        select_related, prefetch_related: what is fetched along.
        fields: what a serialised object shows; None for all of it.
    """

    model: type[Model]
    select_related: tuple[str, ...] = ()
    prefetch_related: tuple[str, ...] = ()
    fields: tuple[str, ...] | None = None

    @classmethod
    def of(cls, key: str, given: Mapping[str, Any]) -> Hint:
        """Read a hint as a renderer stores it.

        Raises:
            InvalidRenderer: it names no model that exists.
        """
        try:
            model = apps.get_model(given["app_name"], given["model_name"])
        except (LookupError, TypeError, ValueError) as error:
            raise InvalidRenderer(
                f"The hint {key!r}: {given!r} names no model ({error}). It needs app_name and "
                "model_name."
            ) from error
        fields = given.get("fields")
        return cls(
            model,
            tuple(given.get("select_related") or ()),
            tuple(given.get("prefetch_related") or ()),
            None if fields is None else tuple(fields),
        )

    def merged(self, other: Hint) -> Hint:
        """Return this hint with what another one of the same model fetches along."""
        return Hint(
            self.model,
            tuple(dict.fromkeys((*self.select_related, *other.select_related))),
            tuple(dict.fromkeys((*self.prefetch_related, *other.prefetch_related))),
            self.fields,
        )


Hints = Mapping[str, Hint]


def merge(several: Iterable[Mapping[str, Any]]) -> dict[str, Hint]:
    """Return the hints of several renderers as one; of a key with two models the first counts.

    Raises:
        InvalidRenderer: a hint names no model, or they are no hints at all.
    """
    merged: dict[str, Hint] = {}
    for hints in several:
        if hints and not isinstance(hints, Mapping):
            raise InvalidRenderer(f"The hints {hints!r} are no dictionary.")
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
        """Fetch what the hints find in the data, one query a model."""
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
        """Fetch objects of a model that are not there yet."""
        missing = {key_of(model, key) for key in keys} - {None, *self._objects.get(model, ())}
        if missing:
            self.add(model._default_manager.filter(pk__in=missing))

    def add(self, objects: Iterable[Model]) -> None:
        """Put objects on the shelf."""
        for one in objects:
            self._objects.setdefault(type(one), {})[one.pk] = one

    def get(self, model: type[Model], raw: Any) -> Model | None:
        """Return the object with a primary key, which may be a text; None when there is none."""
        return self._objects.get(model, {}).get(key_of(model, raw))

    def resolve(self, data: Any, hints: Hints) -> Any:
        """Return a copy of the data with objects instead of their primary keys."""
        if isinstance(data, list):
            return [self.resolve(one, hints) for one in data]
        if not isinstance(data, dict):
            return data
        return {
            key: self._behind(value, hints[key], hints)
            if key in hints
            else self.resolve(value, hints)
            for key, value in data.items()
        }

    def _behind(self, value: Any, hint: Hint, hints: Hints) -> Any:
        if isinstance(value, list):
            return [self._behind(one, hint, hints) for one in value]
        if isinstance(value, dict):
            return self.resolve(value, hints)
        return self.get(hint.model, value)


def key_of(model: type[Model], raw: Any) -> Any:
    """Return a primary key as the model has it; None for what can be none."""
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
    """Yield what stands behind the keys, at any depth."""
    if isinstance(data, list):
        for one in data:
            yield from _found(one, hints)
    elif isinstance(data, dict):
        for key, value in data.items():
            if key in hints:
                yield from _behind(value, hints[key], hints)
            else:
                yield from _found(value, hints)


def _behind(value: Any, hint: Hint, hints: Hints) -> Iterator[tuple[Hint, Any]]:
    if isinstance(value, list):
        for one in value:
            yield from _behind(one, hint, hints)
    elif isinstance(value, dict):
        yield from _found(value, hints)
    elif value is not None:
        yield hint, value
