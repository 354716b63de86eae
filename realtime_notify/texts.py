"""Texts of events: what every database stores, and what each reader gets in their own language.

A `Text` is a message id with its parameters. An event stores it as JSON, beside the plain text in
the language of the site, and whoever shows the event translates it::

    notify(text(gettext_noop("%(actor)s commented on %(post)s"), actor=ann, post=post), ...)
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings as django_settings
from django.db.models import Model
from django.utils import formats, timezone, translation
from django.utils.functional import Promise

from realtime_notify.exceptions import InvalidNotification

logger = logging.getLogger(__name__)

FIELDS = ("message", "description", "verb")
"""The texts of an event."""

Stored = Mapping[str, Any]
"""A text as JSON: `id`, perhaps `plural` with `number`, `context`, and `params`."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is translated for each reader; made by `text()`, `ntext()` and `ptext()`.

    As a `str()` it is in the active language.

    Attributes:
        stored: the text as JSON.
    """

    stored: Stored

    def __str__(self) -> str:
        return shown(self.stored, _formed(self.stored, _untranslated))


def text(message_id: str, /, **params: Any) -> Text:
    """Return a text that is translated for each reader.

    Args:
        message_id: what the project's catalogues translate, with ``%(name)s`` for a parameter. For
            makemessages to find it, wrap it in `gettext_noop()`.
        params: texts, numbers, dates, times, further texts made by `text()`, and model instances,
            which are stored as they read now. Numbers, dates and times are written as the
            reader's language does, by ``%(name)s``. Without any, a ``%`` is just that.

    Raises:
        InvalidNotification: the message id names a parameter that is not given, or one of them is
            of another type.
    """
    return _text({"id": _message_id(message_id)}, params)


def ntext(singular: str, plural: str, number: int, /, **params: Any) -> Text:
    """Return a text with a plural, as `ngettext()` does; see `text()`.

    Args:
        singular, plural: the message ids.
        number: what decides between them; also the parameter ``number``, unless that is given.
        params: as for `text()`.
    """
    if isinstance(number, bool) or not isinstance(number, int):
        raise InvalidNotification(f"The number of a text must be a whole one, not {number!r}.")
    forms = {"id": _message_id(singular), "plural": _message_id(plural), "number": number}
    return _text(forms, {"number": number, **params})


def ptext(context: str, message_id: str, /, **params: Any) -> Text:
    """Return a text whose message id means several things, as `pgettext()` does; see `text()`.

    Args:
        context: which of them is meant, for translators.
        message_id: the message id.
        params: as for `text()`.
    """
    return _text({"id": _message_id(message_id), "context": str(context)}, params)


def in_site_language(value: object) -> str:
    """Return a value as text in the language of the site, `LANGUAGE_CODE`."""
    with translation.override(django_settings.LANGUAGE_CODE):
        return str(value)


def shown(stored: Stored | None, plain: str) -> str:
    """Return a text in the active language.

    It never raises. If the translation cannot be formed, the log says so once.

    Args:
        stored: what an event stores of a `Text`; None if the text is plain.
        plain: the text that stands in for it, in the language of the site.
    """
    if stored is None:
        return plain
    try:
        return _formed(stored, _translated)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        _complain(_id_of(stored), str(translation.get_language()), reason)
        return plain


@contextmanager
def language(code: str) -> Iterator[None]:
    """Activate a language; the one that is active stays if its catalogue is broken, or for ""."""
    before = translation.get_language()
    try:
        if code:
            translation.activate(code)
    except Exception as error:
        _complain("texts", code, f"{type(error).__name__}: {error}")
    try:
        yield
    finally:
        if before is None:
            translation.deactivate_all()
        else:
            translation.activate(before)


def prepare(languages: Iterable[str]) -> None:
    """Load the catalogues of languages, so that no event loop has to, which translates pushes."""
    for code in languages:
        with language(code):
            pass


def flaw_of(text: str) -> str:
    """Return what keeps a text from being stored, as the end of a sentence; "" if nothing does.

    PostgreSQL stores no NUL character. Half a surrogate pair has no encoding in UTF-8.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"holds half a surrogate pair (at {error.start}), which is not a character"
    return "holds a NUL character, which not every database stores" if "\x00" in text else ""


def _id_of(stored: object) -> str:
    return repr(stored.get("id")) if isinstance(stored, Mapping) else "a text"


@lru_cache(maxsize=1000)  # so that each line is logged once
def _complain(*args: str) -> None:
    logger.warning("Showing %s untranslated, as its translation into %s fails: %s", *args)


# --- from arguments to JSON ---


def _message_id(value: object) -> str:
    if isinstance(value, Promise):
        raise InvalidNotification(
            f"{value!r} is a lazy translation, of which only the translation is known; pass the "
            "message id: text(gettext_noop('...'))."
        )
    if not isinstance(value, str) or not value.strip():
        raise InvalidNotification(f"A message id must be a text that is not empty, not {value!r}.")
    return value


def _text(forms: dict[str, Any], params: Mapping[str, Any]) -> Text:
    stored = {**forms, "params": {name: _to_json(name, each) for name, each in params.items()}}
    for form in filter(None, (forms["id"], forms.get("plural"))):
        try:
            _filled(form, stored, _untranslated)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InvalidNotification(
                f"The text {form!r} cannot be formed of the parameters "
                f"{', '.join(params) or '(none)'}: {type(error).__name__}: {error}."
            ) from error
    return Text(stored)


def _to_json(name: str, value: object) -> object:
    if isinstance(value, Text):
        return {"text": value.stored}
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


# --- from JSON to what people read ---


Choose = Callable[[Stored], str]
"""Returns the form of a text that its parameters are filled into."""


def _formed(stored: Stored, choose: Choose) -> str:
    """Return what people read; whatever is wrong raises."""
    return _filled(choose(stored), stored, choose)


def _translated(stored: Stored) -> str:
    id, context = stored["id"], stored.get("context")
    if "plural" in stored:
        return translation.ngettext(id, stored["plural"], stored["number"])
    return translation.gettext(id) if context is None else translation.pgettext(context, id)


def _untranslated(stored: Stored) -> str:
    return str(stored["plural"] if stored.get("number", 1) != 1 else stored["id"])


def _filled(form: str, stored: Stored, choose: Choose) -> str:
    params = stored["params"]
    if not params and "%(" not in form:
        return form
    return form % _Params((name, _from_json(each, choose)) for name, each in params.items())


class _Params(dict[str, object]):
    """Parameters, which "%s" without a name cannot take for one text."""

    def __repr__(self) -> str:
        raise TypeError("a parameter has no name: write %(name)s")


def _from_json(value: Any, choose: Choose) -> object:
    """Return a parameter as `%` is to take it."""
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return _Integer(value)
    [(kind, content)] = value.items()
    if kind == "text":
        return _formed(content, choose)
    read = _READ[kind](content)
    if kind in _NUMBERS:
        return _NUMBERS[kind](read)
    if kind == "datetime" and timezone.is_aware(read):
        read = timezone.localtime(read)
    return formats.localize(read)


# Numbers are numbers to "%(price).2f", and written as the reader's language does by "%(price)s".


class _Integer(int):
    def __str__(self) -> str:
        return str(formats.number_format(int(self)))


class _Float(float):
    def __str__(self) -> str:
        return str(formats.number_format(float(self)))


class _Decimal(Decimal):
    def __str__(self) -> str:
        return str(formats.number_format(Decimal(self)))


_NUMBERS: dict[str, type] = {"decimal": _Decimal, "float": _Float}
