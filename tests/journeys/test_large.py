"""Journeys of large notifications: servers throw away a frame that is larger than they send."""

from __future__ import annotations

import pytest

from realtime_notify import archive, notify
from realtime_notify.inbox import unarchive
from tests.journeys.test_wire import SERVERS, user

DATA = ["x" * 32_000]


def tell(count):
    for number in range(count):
        notify(
            f"Number {number}",
            "demo/hello",
            recipients=[user("alice")],
            description="ü" * 9_900,
            data=DATA,
        )


@pytest.mark.parametrize("kind", SERVERS)
def test_a_browser_with_large_notifications_is_answered_and_goes_on(town, kind):
    town.serve(kind)
    tell(25)

    browser = town.browse("alice")
    while browser.store.next:
        browser.ask(page={"before": browser.store.next, "limit": 100})
    assert len(browser.store.items) == 25

    alice = user("alice")
    archive(alice, upto=25)
    browser.receive_rev(26)
    assert browser.store.items == {}
    unarchive(alice, upto=20)
    browser.receive_rev(27)
    assert browser.store.unread == 20
    assert browser.store.next is not None
    assert "Traceback" not in town.site.log()
