"""The client that was written from the document agrees with the specimens."""

from __future__ import annotations

import pytest

from chaos.view import View
from realtime_notify.testing.conformance.specimens import specimens

SHOWN = ("id", "seq", "read", "seen", "occurrences")


def shown(view):
    """Return a view as specimens have it."""
    return {
        **{name: getattr(view, name) for name in ("rev", "unread", "unseen", "next", "inbox")},
        "items": [[item[name] for name in SHOWN] for item in view.ordered()],
    }


@pytest.mark.parametrize("specimen", specimens(), ids=lambda specimen: specimen.name)
def test_the_view_agrees_with_the_specimen(specimen):
    view = View()

    for step in specimen.steps:
        take = view.apply_page if step.kind == "page" else view.apply
        assert take(step.frame) == step.outcome, step
        if step.view is not None:
            assert shown(view) == step.view, step
