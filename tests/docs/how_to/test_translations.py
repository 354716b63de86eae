"""docs/how-to/translations.md, run."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from tests.docs.conftest import Example, messages


@pytest.fixture
def report(settings: Any, tmp_path: Path) -> None:
    """The template of the page."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/report.txt").write_text("{{ orders }} on {{ day }}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]


def test_each_reader_gets_a_text_in_their_language(
    example: Example, alice: Any, translations: Any
) -> None:
    translations(de={"%(actor)s commented on %(post)s": "%(actor)s hat %(post)s kommentiert"})

    example("text")

    assert messages(alice) == ["bob commented on Spring menu"]
    with translation.override("de"):
        assert messages(alice) == ["bob hat Spring menu kommentiert"]
        of = example("text-of")
    assert (of.shown, of.stored) == (
        "bob hat Spring menu kommentiert",
        "bob commented on Spring menu",
    )


def test_there_are_plurals_contexts_and_templates(example: Example, report: None) -> None:
    made = example("text-forms")

    assert [str(one) for one in (made.left, made.month, made.report)] == [
        "3 days left",
        "May",
        "12 on March 1, 2026",
    ]


def test_a_notifier_has_its_message_from_a_template(
    example: Example, report: None, alice: Any, committing: Any
) -> None:
    names = example("text-notifier")
    names.Reported.subscribe(alice)

    with committing():
        names.Reported(3, date(2026, 3, 1)).fire()

    with translation.override("de"):
        assert messages(alice) == ["3 on 1. März 2026"]


def test_makemessages_knows_the_functions(example: Example) -> None:
    assert "--keyword=ptext:1c,2" in example("text-makemessages").Command.xgettext_options
