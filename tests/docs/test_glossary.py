"""docs/glossary.md: each word once, in order, in a sentence or two."""

from __future__ import annotations

import re

import pytest

from tests.pages import section, table

PAGE = "docs/glossary.md"
OURS = {"rev", "seq", "floor", "heal query", "promise"}


@pytest.mark.parametrize("heading", ["## The domain", "## The wire and the database"])
def test_words_are_in_alphabetical_order(heading: str) -> None:
    words = [word.strip("*") for word, _ in table(section(PAGE, heading))]

    assert words == sorted(set(words))


def test_a_word_takes_a_sentence_or_two() -> None:
    for heading in ("## The domain", "## The wire and the database"):
        for word, meaning in table(section(PAGE, heading)):
            assert 1 <= len(re.findall(r"\.(?: |$)", meaning)) <= 2, word


def test_the_words_that_are_ours_are_explained() -> None:
    words = {word.strip("*") for word, _ in table(section(PAGE, "## The wire and the database"))}

    assert words >= OURS
