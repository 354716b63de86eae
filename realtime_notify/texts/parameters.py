"""Parameters of texts: as JSON, and as each language writes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Model
from django.utils import formats, timezone
from django.utils.functional import Promise

from realtime_notify.exceptions import InvalidNotification
from realtime_notify.texts.languages import in_site_language


def to_json(name: str, value: object) -> object:
    """Return a parameter as JSON that every database gives back as it is.

    Raises:
        InvalidNotification: it is of a type that no text can have.
    """
    if isinstance(value, Model | Promise):
        return in_site_language(value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    for kind in _KINDS:
        if isinstance(value, kind.type):
            return {kind.name: kind.write(value)}
    raise InvalidNotification(
        f"The parameter {name}={value!r} of a text must be a text, a number, a date, a time or a "
        "model instance."
    )


def from_json(stored: Any) -> Any:
    """Return a parameter as it was given; a model instance as it read."""
    if not isinstance(stored, dict):
        return stored
    [(name, content)] = stored.items()
    return _READ[name](content)


def localized(value: Any) -> object:
    """Return a parameter as `%` is to take it: written as the active language does by "%s"."""
    for plain, written in _NUMBERS.items():
        if isinstance(value, plain):
            return written(value)
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return formats.localize(value)


class _Kind(NamedTuple):
    """A type of parameters that JSON does not know, or that databases do not keep in it."""

    name: str
    type: type
    write: Callable[[Any], str]
    read: Callable[[str], Any]


_KINDS = (
    _Kind("datetime", datetime, datetime.isoformat, datetime.fromisoformat),  # is a date as well
    _Kind("date", date, date.isoformat, date.fromisoformat),
    _Kind("time", time, time.isoformat, time.fromisoformat),
    _Kind("decimal", Decimal, str, Decimal),
    _Kind("float", float, repr, float),
)
_READ = {kind.name: kind.read for kind in _KINDS}


# Numbers are numbers to "%(price).2f", and written as the language does by "%(price)s".


class _Integer(int):
    def __str__(self) -> str:
        return str(formats.number_format(int(self)))


class _Float(float):
    def __str__(self) -> str:
        return str(formats.number_format(float(self)))


class _Decimal(Decimal):
    def __str__(self) -> str:
        return str(formats.number_format(Decimal(self)))


_NUMBERS: dict[type, Callable[[Any], object]] = {int: _Integer, float: _Float, Decimal: _Decimal}
