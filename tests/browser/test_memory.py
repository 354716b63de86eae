"""A tab that stays open all day takes no more memory in the evening than in the morning."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from tests.browser.people import Person, bell, panel, trigger

ROUND = 60
"""Pushes of a round; an hour of an inbox with one every ten seconds has six."""
ROUNDS = 6
WARM_UP = 4
"""Rounds after which the items that are kept for "Undo" are as many as they ever are."""


@dataclass
class Memory:
    """What a page holds after the garbage is collected."""

    nodes: int
    listeners: int
    heap: int
    """In bytes."""


def measure(session: CDPSession) -> Memory:
    """Collect the garbage and measure."""
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    metrics = session.send("Performance.getMetrics")["metrics"]
    found = {each["name"]: each["value"] for each in metrics}
    return Memory(int(found["Nodes"]), int(found["JSEventListeners"]), int(found["JSHeapUsedSize"]))


def live_through(page: Page, person: Person, number: int) -> None:
    """Get pushes with the panel open and closed, read and archive them all."""
    for half in ("open", "closed"):
        if half == "open":
            trigger(page).click()
            expect(panel(page)).to_be_visible()
        person.tell(f"Round {number}, {half}, number #", times=ROUND // 2)
        expect(bell(page)).to_have_attribute("data-unread", str(ROUND // 2))
        bell(page).evaluate(
            """async (bell) => {
              await bell.client.markAllRead();
              await bell.client.archive(bell.client.state.items.map(({ id }) => id));
            }"""
        )
        expect(bell(page)).to_have_attribute("data-unread", "0")
        if half == "open":
            # A panel that is closed earlier keeps its rows until it is opened again.
            expect(panel(page).get_by_role("listitem")).to_have_count(0)
            page.keyboard.press("Escape")
            expect(panel(page)).to_be_hidden()


def test_an_hour_of_traffic_leaves_nothing_behind(person: Person, context: BrowserContext) -> None:
    page = person.sign_in(context)
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    for number in range(WARM_UP):
        live_through(page, person, number)
    before = measure(session)

    for number in range(WARM_UP, WARM_UP + ROUNDS):
        live_through(page, person, number)

    after = measure(session)
    print(f"\nbefore {before}\nafter  {after}")
    assert after.nodes <= before.nodes + 50
    assert after.listeners <= before.listeners + 5
    # That is 0.8 KB a push; rows that were held would show above, as nodes and listeners.
    assert after.heap <= before.heap + 300_000
