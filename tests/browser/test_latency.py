"""A push is seen at once; `python -m benchmarks.badge_latency` says how soon that is."""

from __future__ import annotations

from playwright.sync_api import Browser

from benchmarks.badge_latency import measure, percentile
from tests.browser.people import Person

# Five times what it may take on a machine that has nothing else to do: tests run on any machine.
PATIENCE = 500


def test_a_push_is_visible_at_once(person: Person, browser: Browser) -> None:
    latency = measure(browser, person, pushes=30)

    print(f"\n{latency}")
    assert percentile(latency.painted, 95) < PATIENCE
