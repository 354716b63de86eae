"""The texts that are marked for translators are those of the elements."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from realtime_notify.elements import english

SOURCES = Path(__file__).parents[2] / "frontend/src"
FILES = sorted(SOURCES.rglob("*-messages.ts"), key=lambda path: path.name)


def texts_of_the_element(path: Path) -> dict[str, Any]:
    """Read the English texts of a TypeScript file: an object that is nearly JSON."""
    found = re.search(r"ENGLISH = (\{.*?\n\})", path.read_text(), re.DOTALL)
    assert found, path
    text = re.sub(r" (as|satisfies) Message", "", found[1])
    text = re.sub(r"//.*|/\*.*?\*/", "", text)
    text = re.sub(r"([{,]\s*)(\w+):", r'\1"\2":', text)
    texts: dict[str, Any] = json.loads(re.sub(r",(\s*\})", r"\1", text))
    return texts


def marked_texts(name: str) -> dict[str, Any]:
    """Return the texts that are marked, without a translation."""
    with translation.override(None):
        return {
            name: {"one": text(1), "other": text(2)} if callable(text) else str(text)
            for name, text in getattr(english, name).items()
        }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_element_and_the_translators_have_the_same_texts(path: Path) -> None:
    name = path.name.removesuffix("-messages.ts").replace("-", "_").upper()

    assert marked_texts(name) == texts_of_the_element(path)
