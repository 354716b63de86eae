"""The reference client, held to the specimens that the frontend's store is held to as well."""

from __future__ import annotations

import pytest

from realtime_notify.testing.conformance.specimens import specimens
from realtime_notify.wire.store import Store

SPECIMENS = specimens()


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda specimen: specimen.name)
def test_the_store_agrees_with_the_specimen(specimen):
    """The frontend's store is held to the same files."""
    store = Store()

    for step in specimen.steps:
        take = store.apply_page if step.kind == "page" else store.apply
        assert take(step.frame) == step.outcome, step
        if step.view is not None:
            assert store.snapshot() == step.view, step


def test_there_are_specimens():
    assert len(SPECIMENS) > 10
