"""Declarations of notification types in code, by key.

Notifiers add a declaration when their class is created. Declarations are written to the table of
types after `migrate`, and when a type without a row is used.
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
    """A notification type as a class declares it; what is left out can be set in the admin.

    Attributes:
        source: the dotted path of the class.
        key: the key.
        label, help_text: how the preferences page presents it.
        group: the name of its type group.
        level: the default level of its events.
        target_model: the model of its targets, or that model's name, "app.Model".
        self_service: whether users may subscribe themselves.
        lazy: whether its events are broadcasts, unless a call says otherwise.
        media: the names of the media by which it is sent to those who chose none; empty for every
            medium.
        delay: seconds before it is sent by a medium that interrupts.
        required: whether nobody may switch it off.
        critical: whether it is sent at once, in quiet hours too, and waits for no digest.
        filters: the names of the filters that subscriptions may have.
    """

    source: str
    key: str
    label: Text = ""
    help_text: Text = ""
    group: str = ""
    level: str | None = None
    target_model: type[Model] | str | None = None
    self_service: bool | None = None
    lazy: bool | None = None
    media: tuple[str, ...] | None = None
    delay: int | None = None
    required: bool | None = None
    critical: bool | None = None
    filters: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, notifier: Any, taken: frozenset[str]) -> Declaration:
        """Read the declaration of a class.

        Args:
            notifier: a class with the attributes above, except `source`.
            taken: names that filters cannot have.

        Raises:
            InvalidNotifier: an attribute is invalid.
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
            raise InvalidNotifier(
                f"{source}: a filter cannot be named {names}; the name is in use."
            )
        return cls(
            source=source,
            key=notifier.key,
            label=notifier.label,
            help_text=notifier.help_text,
            group=notifier.group,
            level=notifier.level if isinstance(notifier.level, str) else None,
            target_model=notifier.target_model,
            self_service=notifier.self_service,
            lazy=notifier.lazy,
            media=_media(source, notifier.media),
            delay=_delay(source, notifier.delay),
            required=notifier.required,
            critical=notifier.critical,
            filters=filters,
        )


def _media(source: str, media: Any) -> tuple[str, ...] | None:
    """Return the names of the media that a class declares."""
    if media is None:
        return None
    names = () if isinstance(media, str) or not isinstance(media, Iterable) else tuple(media)
    if (not names and media not in ([], ())) or not all(isinstance(name, str) for name in names):
        raise InvalidNotifier(
            f"{source}: media must be a list of names, such as ['inbox', 'email'], not {media!r}."
        )
    return names


def _delay(source: str, delay: Any) -> int | None:
    """Return the delay that a class declares."""
    if delay is None or (isinstance(delay, int) and not isinstance(delay, bool) and delay >= 0):
        return delay
    raise InvalidNotifier(
        f"{source}: delay must be a whole number of seconds, such as 60, or 0 to send at once, not "
        f"{delay!r}."
    )


_declared: dict[str, Declaration] = {}


def declare(declaration: Declaration) -> None:
    """Register a declaration; a class that is created again, as by a reload, replaces its own.

    Raises:
        InvalidNotifier: another class has declared the key.
    """
    known = _declared.get(declaration.key)
    if known and known.source != declaration.source:
        raise InvalidNotifier(
            f"{declaration.source} has the key {declaration.key!r} of {known.source}. Give it a "
            "key of its own or, if it is a base for others, key = ''."
        )
    _declared[declaration.key] = declaration


def declarations() -> Mapping[str, Declaration]:
    """Return all declarations by key."""
    return MappingProxyType(_declared)


@contextmanager
def forgotten_after() -> Iterator[None]:
    """Remove the declarations made inside the block when it ends; for tests of notifiers."""
    before = dict(_declared)
    try:
        yield
    finally:
        _declared.clear()
        _declared.update(before)


def declaration_of(key: object) -> Declaration | None:
    """Return the declaration of a type, or None."""
    return _declared.get(key) if isinstance(key, str) else None


def filters_of(key: object) -> frozenset[str] | None:
    """Return the names of filters that a type declares; None if any name is allowed."""
    declared = declaration_of(key)
    return None if declared is None else declared.filters
