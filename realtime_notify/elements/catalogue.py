"""The texts of the elements in the language of the page, as their JavaScript wants them.

JavaScript chooses the form of a plural by its category in the CLDR, such as "few"; gettext chooses
it by a rule in the catalogue. So each category gets the form that the catalogue has for a number of
that category.
"""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from django.conf import settings
from django.utils import translation
from django.utils.translation import trans_real

from realtime_notify.elements import english
from realtime_notify.elements.english import Text, Texts

Said = str | dict[str, str]

PARTS: dict[str, Texts] = {
    "alerts": english.ALERTS,
    "bell": english.BELL,
    "panel": {**english.PANEL, **english.MENU},
    "push": english.PUSH,
    "toasts": english.TOASTS,
}
"""The texts that are delivered together."""

NUMBERS = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}
"""For each category, a number that is of it in all languages that have it, save these:"""
EXCEPTIONS = {
    "br": {"many": 1_000_000},
    "ca": {"many": 1_000_000},
    "cy": {"many": 6},
    "es": {"many": 1_000_000},
    "fr": {"many": 1_000_000},
    "ga": {"many": 7},
    "it": {"many": 1_000_000},
    "lv": {"other": 2},
    "pt": {"many": 1_000_000},
}


class Catalogue(NamedTuple):
    """The texts of a part in one language."""

    json: str
    """An object of name and text; "" if the element's own English ones are right."""
    version: str
    """Another one for other texts."""


def catalogue(part: str) -> Catalogue:
    """Return the texts of a part in the active language that are not the English ones."""
    language = translation.get_language() if settings.USE_I18N else None
    if language is None:
        return Catalogue("", "")
    # Django reads a catalogue again when it has changed, and this then follows.
    return _catalogue(part, language, trans_real.translation(language))


@lru_cache(maxsize=256)
def _catalogue(part: str, language: str, _source: object) -> Catalogue:
    texts = {name: _say(text, language) for name, text in PARTS[part].items()}
    with translation.override(None):
        own = {name: _say(text, language) for name, text in PARTS[part].items()}
    differing = {name: said for name, said in texts.items() if said != own[name]}
    if not differing:
        return Catalogue("", "")
    written = json.dumps(differing, ensure_ascii=False, separators=(",", ":"))
    return Catalogue(written, sha256(written.encode()).hexdigest()[:12])


def _say(text: Text, language: str) -> Said:
    """Return a text, or its forms if there are several. Those that are left out are as "other"."""
    if not callable(text):
        return str(text)
    numbers = NUMBERS | EXCEPTIONS.get(language.partition("-")[0], {})
    forms = {category: text(number) for category, number in numbers.items()}
    other = forms.pop("other")
    several = {category: form for category, form in forms.items() if form != other}
    return {**several, "other": other} if several else other
