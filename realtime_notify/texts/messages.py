"""Message ids and templates with parameters, and what people read of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.template import Context, loader
from django.template.backends.django import Template
from django.utils import translation
from django.utils.functional import Promise

from realtime_notify.exceptions import InvalidNotification
from realtime_notify.texts import parameters
from realtime_notify.texts.languages import complain

FIELDS = ("message", "description", "verb")
"""The texts of an event."""

Stored = Mapping[str, Any]
"""A text as JSON: `params`, and either `template`, or `id`, perhaps with `context`, or with
`plural` and `number`."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is made for each reader, by `text()` and its like.

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
        params: texts, numbers, dates, times, further texts that are translated, and model
            instances, which are stored as they read now. Numbers, dates and times are written as
            the reader's language does, by ``%(name)s``. Without any, a ``%`` is just that.

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


def template_text(template_name: str, /, **params: Any) -> Text:
    """Return a text that a template makes for each reader.

    Args:
        template_name: a text template of the project, which escapes nothing. It must not query the
            database: it is rendered where pushes are, in an event loop.
        params: the context; as for `text()`.

    Raises:
        InvalidNotification: the template does not exist or fails, or a parameter is of another
            type.
    """
    return _text({"template": template_name}, params)


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
        complain(_name_of(stored), str(translation.get_language()), error)
        return plain


def _name_of(stored: object) -> str:
    if isinstance(stored, Mapping):
        return repr(stored.get("id", stored.get("template")))
    return "a text"


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
    """Return a text that can be formed of its parameters."""
    stored = {**forms, "params": {name: _stored(name, each) for name, each in params.items()}}
    for form in filter(None, (forms.get("id"), forms.get("plural"), forms.get("template"))):
        try:
            _filled(form, stored, _untranslated)
        except Exception as error:
            raise InvalidNotification(
                f"The text {form!r} cannot be formed of the parameters "
                f"{', '.join(params) or '(none)'}: {type(error).__name__}: {error}."
            ) from error
    return Text(stored)


def _stored(name: str, value: object) -> object:
    return {"text": value.stored} if isinstance(value, Text) else parameters.to_json(name, value)


# --- from JSON to what people read ---

Choose = Callable[[Stored], str]
"""Returns the form of a text that its parameters are filled into."""


def _formed(stored: Stored, choose: Choose) -> str:
    """Return what people read; whatever is wrong raises."""
    return _filled(choose(stored), stored, choose)


def _translated(stored: Stored) -> str:
    if "template" in stored:
        return str(stored["template"])
    id, context = stored["id"], stored.get("context")
    if "plural" in stored:
        return translation.ngettext(id, stored["plural"], stored["number"])
    return translation.gettext(id) if context is None else translation.pgettext(context, id)


def _untranslated(stored: Stored) -> str:
    if "template" in stored:
        return str(stored["template"])
    return str(stored["plural"] if stored.get("number", 1) != 1 else stored["id"])


def _filled(form: str, stored: Stored, choose: Choose) -> str:
    params = {name: _given(each, choose) for name, each in stored["params"].items()}
    if "template" in stored:
        return _rendered(form, params)
    if not params and "%(" not in form:
        return form
    return form % _Params((name, parameters.localized(each)) for name, each in params.items())


def _given(stored: Any, choose: Choose) -> object:
    """Return a parameter as it was given, and a text as people read it."""
    if isinstance(stored, dict) and "text" in stored:
        return _formed(stored["text"], choose)
    return parameters.from_json(stored)


def _rendered(name: str, context: dict[str, Any]) -> str:
    template = loader.get_template(name)
    if isinstance(template, Template):
        return str(template.template.render(Context(context, autoescape=False))).strip()
    return str(template.render(context)).strip()


class _Params(dict[str, object]):
    """Parameters, which "%s" without a name cannot take for one text."""

    def __repr__(self) -> str:
        raise TypeError("a parameter has no name: write %(name)s")
