"""docs/how-to/toasts.md, run and compared with the elements."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from tests.pages import labelled

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/how-to/toasts.md").read_text()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["toasts", "alerts"])
def test_the_tags_are_all_it_takes(rf: RequestFactory, alice: Any, name: str) -> None:
    request = rf.get("/")
    request.user = alice

    html = Template(labelled(f"{name}-tag")).render(Context({"request": request}))

    assert f"</notify-{name}>" in html


@pytest.mark.parametrize("name", ["toasts", "alerts"])
@pytest.mark.parametrize("kind", ["attr", "csspart"])
def test_every_attribute_and_part_is_documented(name: str, kind: str) -> None:
    element = (ROOT / f"frontend/src/{name}/notify-{name}-element.ts").read_text()
    named = re.findall(rf"@{kind} (?:\{{[^}}]*\}} )?([\w-]+)", element)

    assert named
    assert [word for word in named if f"`{word}`" not in PAGE] == []
