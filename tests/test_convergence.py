"""The promise itself: whatever is lost, doubled or late, browsers end up showing the database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from realtime_notify import text
from tests.settings import EXAMPLES
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

BROWSERS = st.integers(0, 3)
PEOPLE = st.integers(0, 1)
PLACES = st.integers(0, 5)
"""Which of the newest events is meant."""
PUSHED = st.sampled_from([True, True, True, False])
MESSAGES = [
    *(f"Message {number}" for number in range(5)),
    *(text("%(age)s ago", age=f"Message {number}") for number in range(3)),
]
STATES = st.sampled_from(["read", "archived", "deleted", "unread"])
VERBS = ["read", "unread", "archive", "unarchive", "delete"]


def machine(users: list[Any]) -> type[RuleBasedStateMachine]:
    """Build the state machine over these two people."""

    class Convergence(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.world = World(users)
            self.world.forget()

        @initialize(count=st.integers(0, 9))
        def begin_with_something(self, count):
            for number in range(count):
                self.world.notify([0, 1], f"Before {number}", pushed=False)
            for browser in self.world.browsers:
                browser.connect()
                self.world.calm(browser)

        @rule(
            to=st.sampled_from([[0], [1], [0, 1]]),
            messages=st.lists(st.sampled_from(MESSAGES), min_size=1, max_size=3),
            pushed=PUSHED,
            kept=st.sampled_from([True, True, True, False]),
            expires=st.sampled_from([False, False, False, True]),
            lazy=st.booleans(),
        )
        def notify(self, to, messages, pushed, kept, expires, lazy):
            for message in messages:
                self.world.notify(to, message, pushed=pushed, kept=kept, expires=expires, lazy=lazy)

        @rule(who=PEOPLE, pushed=PUSHED)
        def look(self, who, pushed):
            self.world.look(who, pushed=pushed)

        @rule(pushed=PUSHED)
        def sweep(self, pushed):
            self.world.sweep(pushed=pushed)

        @rule(who=PEOPLE, verb=st.sampled_from(VERBS), upto=st.integers(0, 30), pushed=PUSHED)
        def act_on_many(self, who, verb, upto, pushed):
            self.world.act(who, verb, {"upto": upto}, pushed=pushed)

        @rule(number=BROWSERS, verb=st.sampled_from(VERBS), data=st.data(), pushed=PUSHED)
        def act_on_some(self, number, verb, data, pushed):
            browser = self.world.browsers[number]
            shown = sorted(browser.store.items) or [1]
            ids = data.draw(st.lists(st.sampled_from(shown), min_size=1, max_size=3, unique=True))
            self.world.act(number // 2, verb, {"ids": ids}, pushed=pushed)

        @rule(number=BROWSERS, data=st.data(), pushed=PUSHED)
        def snooze_some(self, number, data, pushed):
            shown = sorted(self.world.browsers[number].store.items) or [1]
            ids = data.draw(st.lists(st.sampled_from(shown), min_size=1, max_size=3, unique=True))
            arguments = {"ids": ids, "until": "2999-01-01T00:00:00Z"}
            self.world.act(number // 2, "snooze", arguments, pushed=pushed)

        @rule(pushed=PUSHED)
        def run_the_clock(self, pushed):
            self.world.run_the_clock(pushed=pushed)

        @rule(place=PLACES, pushed=PUSHED, kept=st.booleans())
        def withdraw(self, place, pushed, kept):
            self.world.withdraw(place, pushed=pushed, kept=kept)

        @rule(place=PLACES, message=st.sampled_from(MESSAGES), pushed=PUSHED, kept=st.booleans())
        def edit(self, place, message, pushed, kept):
            self.world.edit(place, message, pushed=pushed, kept=kept)

        @rule(states=st.lists(STATES, unique=True), pushed=PUSHED)
        def prune(self, states, pushed):
            self.world.prune(states, pushed=pushed)

        @rule(who=PEOPLE, upto=st.integers(0, 30), pushed=PUSHED)
        def see(self, who, upto, pushed):
            self.world.act(who, "seen", {"upto": upto}, pushed=pushed)

        @rule(number=BROWSERS)
        def hello(self, number):
            self.world.browsers[number].connect()

        @rule(number=BROWSERS)
        def disconnect(self, number):
            self.world.browsers[number].disconnect()

        @rule(number=BROWSERS, who=PEOPLE)
        def another_signs_in(self, number, who):
            self.world.browsers[number].sign_in(users[who])

        @rule(number=BROWSERS)
        def heal(self, number):
            self.world.heal(self.world.browsers[number])

        @rule(number=BROWSERS)
        def scroll(self, number):
            self.world.browsers[number].scroll()

        @rule(number=BROWSERS, verb=st.sampled_from(VERBS), upto=st.integers(0, 12))
        def scroll_while_something_changes(self, number, verb, upto):
            browser = self.world.browsers[number]
            self.world.calm(browser)
            browser.scroll()
            page, browser.under_way = browser.under_way, []
            self.world.act(number // 2, verb, {"upto": upto}, pushed=True)
            self.world.calm(browser)
            browser.under_way = page

        def under_way(self):
            return [browser for browser in self.world.browsers if browser.under_way]

        @precondition(under_way)
        @rule(data=st.data(), fate=st.sampled_from(["arrives", "arrives", "is lost", "doubles"]))
        def something_under_way(self, data, fate):
            browser = self.under_way()[data.draw(st.integers(0, len(self.under_way()) - 1))]
            # A server keeps pushes until it has answered hello, so the answer comes first.
            last = 0 if browser.session.is_waiting_for("hello") else len(browser.under_way) - 1
            place = data.draw(st.integers(0, last))
            frame = browser.under_way[place]
            if fate != "doubles":
                del browser.under_way[place]
            if fate == "is lost":
                browser.lose(frame)
            else:
                browser.take(frame)

        @precondition(under_way)
        @rule(data=st.data())
        def calm(self, data):
            self.world.calm(self.under_way()[data.draw(st.integers(0, len(self.under_way()) - 1))])

        @rule()
        def settle(self):
            self.world.settle()
            self.world.assert_converged()

        @invariant()
        def counters_are_counts_of_rows(self):
            self.world.assert_counters()

        @invariant()
        def nothing_withdrawn_arrives(self):
            self.world.assert_nothing_withdrawn_arrives()

        @invariant()
        def nobody_sees_rows_of_another(self):
            self.world.assert_nothing_is_mixed()

        def teardown(self):
            self.settle()
            self.world.sweep(pushed=True)
            self.world.assert_nothing_is_due()
            self.settle()

    return Convergence


# Hypothesis marks what is written with @given; a state machine is written otherwise.
@pytest.mark.hypothesis
def test_browsers_converge_whatever_happens_on_the_way(users, settings_for_small_pages):
    people = users("ann", "ben")

    run = machine(people)
    run.TestCase.settings = settings(
        max_examples=EXAMPLES,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run.TestCase().runTest()


@pytest.fixture
def settings_for_small_pages(settings):
    """Pages and syncs so small that resets and cursors happen all the time."""
    settings.REALTIME_NOTIFY = {"PAGE_SIZE": 3, "SYNC_LIMIT": 4}
