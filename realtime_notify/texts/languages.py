"""Languages, which may be broken: a wrong catalogue must not keep anybody from reading."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from django.conf import settings as django_settings
from django.utils import translation

logger = logging.getLogger(__name__)


@contextmanager
def language(code: str) -> Iterator[None]:
    """Activate a language; the one that is active stays if its catalogue is broken, or for ""."""
    before = translation.get_language()
    try:
        if code:
            translation.activate(code)
    except Exception as error:
        complain("texts", code, error)
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


def in_site_language(value: object) -> str:
    """Return a value as text in the language of the site, `LANGUAGE_CODE`."""
    with language(django_settings.LANGUAGE_CODE):
        return str(value)


def complain(what: str, language: str, error: Exception) -> None:
    """Log that something cannot be translated: the same once, however often it is shown."""
    _complain(what, language, f"{type(error).__name__}: {error}")


@lru_cache(maxsize=1000)
def _complain(*args: str) -> None:
    logger.warning("Showing %s untranslated, as its translation into %s fails: %s", *args)
