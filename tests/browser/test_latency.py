"""A push is seen at once; `python -m benchmarks.push_latency` says how soon that is."""

from __future__ import annotations

from playwright.sync_api import Browser

from benchmarks.percentiles import percentile
from benchmarks.push_latency import measure
from tests.browser.people import Person

# Ten times what it may take on a machine that has nothing else to do: tests run on any machine.
PATIENCE = 500


def test_a_push_is_visible_at_once(person: Person, browser: Browser) -> None:
    ours, bare = measure(browser, person, pushes=15)

    print(f"\nbell {ours}\nbare page {bare}")
    assert len(ours.badge) == len(ours.painted) == len(bare.painted) == 15
    assert percentile(ours.badge, 95) < PATIENCE
    assert percentile(ours.painted, 95) < PATIENCE
