"""What code declares of notification types, by their keys.

Notifiers put it here when their classes are made. The tables take it from here: after `migrate`,
and when a type is used that has no row yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from realtime_notify.exceptions import InvalidFilter, InvalidKey, InvalidNotifier
from realtime_notify.filters import filter_values
from realtime_notify.keys import validate_key

if TYPE_CHECKING:
    from django.db.models import Model
    from django.utils.functional import _StrPromise

    Text = str | _StrPromise


@dataclass(frozen=True, slots=True)
class Declaration:
    """A notification type as a class declares it; what is left out is left to the admin.

    Attributes:
        source: the class, as one writes it.
        key: the key.
        label, help_text: what people choose it by.
        group: the name of its type group.
        level: the level of its events.
        target_model: the model of its targets, or that model's name, "app.Model".
        self_service: whether users may subscribe themselves.
        filters: the names that subscriptions may be narrowed by.
    """

    source: str
    key: str
    label: Text = ""
    help_text: Text = ""
    group: str = ""
    level: str | None = None
    target_model: type[Model] | str | None = None
    self_service: bool | None = None
    filters: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, notifier: Any, taken: frozenset[str]) -> Declaration:
        """Read what a class declares.

        Args:
            notifier: a class with the attributes above, but for `source`.
            taken: names that a filter cannot have.

        Raises:
            InvalidNotifier: something in it is not as it should be.
        """
        source = f"{notifier.__module__}.{notifier.__qualname__}"
        try:
            validate_key(notifier.key)
            if isinstance(notifier.filters, str) or not isinstance(notifier.filters, Iterable):
                raise InvalidFilter(f"filters must be a list of names, not {notifier.filters!r}.")
            filters = frozenset(filter_values(dict.fromkeys(notifier.filters, "")))
        except (InvalidKey, InvalidFilter) as error:
            raise InvalidNotifier(f"{source}: {error}") from error
        if names := ", ".join(sorted(filters & taken)):
            raise InvalidNotifier(f"{source}: a filter cannot be called {names}, which is in use.")
        return cls(
            source=source,
            key=notifier.key,
            label=notifier.label,
            help_text=notifier.help_text,
            group=notifier.group,
            level=notifier.level if isinstance(notifier.level, str) else None,
            target_model=notifier.target_model,
            self_service=notifier.self_service,
            filters=filters,
        )


_declared: dict[str, Declaration] = {}


def declare(declaration: Declaration) -> None:
    """Make a declaration known; the same class may be made again, as by a reload.

    Raises:
        InvalidNotifier: another class has declared its key.
    """
    known = _declared.get(declaration.key)
    if known and known.source != declaration.source:
        raise InvalidNotifier(
            f"{declaration.source} has the key {declaration.key!r} of {known.source}. Give it one "
            "of its own; or, when it is a base for others, key = ''."
        )
    _declared[declaration.key] = declaration


def declarations() -> Mapping[str, Declaration]:
    """Return all declarations by their keys."""
    return MappingProxyType(_declared)


@contextmanager
def forgotten_after() -> Iterator[None]:
    """Forget at the end what is declared inside; for the tests of notifiers."""
    before = dict(_declared)
    try:
        yield
    finally:
        _declared.clear()
        _declared.update(before)


def declaration_of(key: object) -> Declaration | None:
    """Return what is declared of a type, or None."""
    return _declared.get(key) if isinstance(key, str) else None


def filters_of(key: object) -> frozenset[str] | None:
    """Return the names that subscriptions to a type may be narrowed by; None for any."""
    declared = declaration_of(key)
    return None if declared is None else declared.filters
