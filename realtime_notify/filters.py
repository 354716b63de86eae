"""Filter values of events and subscriptions, which are stored as text."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Model

from realtime_notify.exceptions import InvalidFilter
from realtime_notify.texts import flaw_of

MAX_NAME = 64
MAX_VALUE = 255


def filter_values(
    given: Mapping[str, Any] | None, allowed: Collection[str] | None = None
) -> dict[str, str]:
    """Return filters with their values as text.

    Args:
        given: values by filter name. 5 becomes "5", a model instance its primary key.
        allowed: the names that a notifier declares; None to allow any.

    Raises:
        InvalidFilter: a name is not allowed, or a value is not a single value.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise InvalidFilter(f"filters= must be a dictionary of names and values, not {given!r}.")
    return {_name(name, allowed): _value(name, value) for name, value in sorted(given.items())}


def _name(name: object, allowed: Collection[str] | None) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        raise InvalidFilter(
            f"The name of a filter must be a string of 1 to {MAX_NAME} characters, not {name!r}."
        )
    if flaw := flaw_of(name):
        raise InvalidFilter(f"The name of the filter {name!r} {flaw}.")
    if allowed is not None and name not in allowed:
        known = ", ".join(sorted(allowed)) or "none"
        raise InvalidFilter(f"There is no filter {name!r}; there are: {known}.")
    return name


def _value(name: str, value: object) -> str:
    if isinstance(value, Model):
        value = value.pk
    if value is None or isinstance(value, Mapping | list | tuple | set | frozenset | bytes):
        raise InvalidFilter(f"The filter {name!r} needs a single value, not {value!r}.")
    text = str(value)
    if len(text) > MAX_VALUE:
        raise InvalidFilter(
            f"The value of the filter {name!r} must have at most {MAX_VALUE} characters, not "
            f"{len(text)}: {text[:40]!r}..."
        )
    if flaw := flaw_of(text):
        raise InvalidFilter(f"The value of the filter {name!r}, {text[:40]!r}, {flaw}.")
    return text
