"""The texts of the elements in the language of the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation

from realtime_notify.elements.catalogue import PARTS, catalogue


def texts(part: str, language: str) -> dict[str, Any]:
    with translation.override(language):
        found: dict[str, Any] = json.loads(catalogue(part).json)
    return found


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("language", ["en", "en-gb"])
def test_a_page_whose_texts_are_english_gets_none(part: str, language: str) -> None:
    with translation.override(language):
        assert catalogue(part) == ("", "")


def test_a_site_without_translations_gets_none(settings: Any) -> None:
    settings.USE_I18N = False

    assert catalogue("bell") == ("", "")


def test_a_german_page_gets_german_texts() -> None:
    assert texts("bell", "de") == {
        "label": "Benachrichtigungen",
        "trigger": "{label}, {count} ungelesen",
        "triggerNone": "{label}, alles gelesen",
    }
    assert texts("panel", "de")["arrived"] == {
        "one": "{count} neue Benachrichtigung",
        "other": "{count} neue Benachrichtigungen",
    }


def test_a_variant_of_a_language_has_its_texts() -> None:
    assert texts("panel", "de-at")["close"] == "Schließen"


def test_a_text_that_is_the_same_in_english_is_left_out() -> None:
    assert "doTo" not in texts("panel", "de")


def test_a_plural_has_a_form_for_each_category_of_the_language() -> None:
    assert texts("panel", "ru")["arrived"] == {
        "one": "{count} новое уведомление",
        "two": "{count} новых уведомления",
        "few": "{count} новых уведомления",
        "other": "{count} новых уведомлений",
    }


def test_a_language_without_plurals_has_one_form() -> None:
    assert texts("panel", "id")["arrived"] == "{count} notifikasi baru"


def test_other_texts_have_another_version() -> None:
    versions = set()
    for language in ("da", "de", "fi"):
        with translation.override(language):
            versions.add(catalogue("panel").version)

    assert len(versions) == 3


def test_a_catalogue_of_the_site_takes_precedence(translations: Callable[..., None]) -> None:
    before = texts("panel", "de")["close"]

    translations(de={"Close": "Zu damit"})

    assert (before, texts("panel", "de")["close"]) == ("Schließen", "Zu damit")
