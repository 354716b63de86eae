"""The shapes of frames, beside their twins in TypeScript."""

from __future__ import annotations

import re

import pytest

from realtime_notify.wire import vocabulary
from tests.pages import ROOT

TYPESCRIPT = (ROOT / "frontend/src/wire/protocol.ts").read_text()
INTERFACES = dict(re.findall(r"^export interface (\w+) \{\n(.*?)^\}", TYPESCRIPT, re.M | re.S))


def fields_in_typescript(name: str) -> set[str]:
    return set(re.findall(r"^  readonly (\w+)\??:", INTERFACES[name], re.M))


def test_both_languages_name_the_same_shapes() -> None:
    assert {"Thing", "Item", "Selection", "Frame", "Problem", "Bye"} <= INTERFACES.keys()
    assert INTERFACES.keys() <= vars(vocabulary).keys()


@pytest.mark.parametrize("name", INTERFACES)
def test_a_shape_has_the_same_fields_in_both_languages(name: str) -> None:
    assert vars(vocabulary)[name].__annotations__.keys() == fields_in_typescript(name)
