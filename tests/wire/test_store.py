"""The reference client, held to the specimens that the frontend's store is held to as well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from realtime_notify.wire.store import Store

SPECIMENS = sorted((Path(__file__).parent.parent / "protocol").glob("*.json"))


@pytest.mark.parametrize("path", SPECIMENS, ids=lambda path: path.stem)
def test_the_store_agrees_with_the_specimen(path):
    """The frontend's store is held to the same files."""
    specimen = json.loads(path.read_text())
    store = Store()

    for step in specimen["steps"]:
        take = store.apply_page if "page" in step else store.apply
        assert take(step.get("page") or step["frame"]) == step["outcome"], step
        if "view" in step:
            assert store.snapshot() == step["view"], step

    if "view" in specimen:
        assert store.snapshot() == specimen["view"]


def test_there_are_specimens():
    assert len(SPECIMENS) > 10
