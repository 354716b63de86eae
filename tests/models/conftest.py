"""Two people with a browser each."""

from __future__ import annotations

import pytest

from tests.world import World


@pytest.fixture
def world(alice, bob):
    """Alice and Bob with a browser each, which get every push."""
    world = World([alice, bob], browsers_each=1)
    for browser in world.browsers:
        browser.connect()
        world.calm(browser)
    return world


def calm(world):
    """Let the pushes arrive, and see that nobody had to ask."""
    for browser in world.browsers:
        world.calm(browser)
        assert [one["outcome"] for one in browser.taken if one["outcome"] == "sync"] == []
