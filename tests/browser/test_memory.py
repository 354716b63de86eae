"""A tab that stays open all day takes no more memory in the evening than in the morning.

`python -m benchmarks.soak` says so of an hour of traffic.
"""

from __future__ import annotations

from playwright.sync_api import BrowserContext

from benchmarks.soak import live_through, measure
from tests.browser.people import Person

ROUNDS = 3
WARM_UP = 2
"""Rounds after which the items that are kept for "Undo" are as many as they ever are."""


def test_an_hour_of_traffic_leaves_nothing_behind(person: Person, context: BrowserContext) -> None:
    page = person.sign_in(context)
    session = context.new_cdp_session(page)
    for number in range(WARM_UP):
        live_through(page, person, number)
    before = measure(session)

    for number in range(WARM_UP, WARM_UP + ROUNDS):
        live_through(page, person, number)

    after = measure(session)
    print(f"\nbefore {before}\nafter  {after}")
    assert after.nodes <= before.nodes + 50
    assert after.listeners <= before.listeners + 5
    # Half of what is left if the items of three rounds are kept.
    assert after.page <= before.page + 80_000
