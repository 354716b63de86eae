"""The client that was written from the document agrees with the specimens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chaos.view import View

SPECIMENS = sorted((Path(__file__).parent.parent / "protocol").glob("*.json"))
SHOWN = ("id", "seq", "read", "seen", "occurrences")


def shown(view):
    """Return a view as specimens have it."""
    return {
        **{name: getattr(view, name) for name in ("rev", "unread", "unseen", "next", "inbox")},
        "items": [[item[name] for name in SHOWN] for item in view.ordered()],
    }


@pytest.mark.parametrize("path", SPECIMENS, ids=lambda path: path.stem)
def test_the_view_agrees_with_the_specimen(path):
    specimen = json.loads(path.read_text())
    view = View()

    for step in specimen["steps"]:
        take = view.apply_page if "page" in step else view.apply
        assert take(step.get("page") or step["frame"]) == step["outcome"], step
        if "view" in step:
            assert shown(view) == step["view"], step

    if "view" in specimen:
        assert shown(view) == specimen["view"]
