"""axe finds nothing to complain about, in whatever state the bell is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.people import Person, expect_unread, item, panel, trigger

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True},
    "dark phone": {"color_scheme": "dark", "viewport": {"width": 320, "height": 640}},
    "forced colors": {"forced_colors": "active"},
    "less motion": {"reduced_motion": "reduce"},
}


def complaints(page: Page) -> list[str]:
    """Return what axe finds, everything it knows being looked for."""
    # Colours are judged when the panel has faded in.
    page.wait_for_timeout(400)
    results = Axe().run(page)
    return [
        f"{found['id']}: {node['html']} {node['failureSummary']}"
        for found in results.response["violations"]
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(
    person: Person, open_browser: Callable[..., BrowserContext], look: str
) -> None:
    page = person.sign_in(open_browser(**LOOKS[look]))
    assert complaints(page) == [], "closed and empty"
    trigger(page).click()
    expect(panel(page).get_by_text("You are all caught up")).to_be_visible()
    assert complaints(page) == [], "open and empty"

    person.tell("A link, and more to say", url="/posts/1/", description="Some more words about it.")
    person.tell("It went well", level="success")
    person.tell("It might not", level="warning")
    person.tell("It did not", level="error")
    person.tell("It did not", level="error")
    expect_unread(page, 4)
    expect(item(page, "It did not")).to_contain_text("2 times")
    assert complaints(page) == [], "open, with unread items of all levels"

    page.get_by_role("button", name="Mark all read").click()
    expect_unread(page, 0)
    assert complaints(page) == [], "open, everything read"

    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    person.tell("One more")
    expect_unread(page, 1)
    assert complaints(page) == [], "closed, with a badge"


def test_the_panel_reads_well_aloud(person: Person, context: BrowserContext) -> None:
    page = person.sign_in(context)
    person.tell("Backup failed", level="error", url="/posts/1/", description="No answer.")
    expect_unread(page, 1)
    trigger(page).click()

    expect(panel(page)).to_match_aria_snapshot(
        """
        - dialog "Notifications":
          - heading "Notifications" [level=2]
          - button "Mark all read"
          - button "Preferences"
          - tablist "Notifications":
            - tab "All" [selected]
            - tab "Unread"
          - tabpanel "All":
            - list "Notifications":
              - listitem:
                - 'link "Unread: Backup failed"'
                - paragraph: No answer.
                - paragraph:
                  - text: Error
                  - time: now
                - 'button "Archive: Backup failed"'
                - 'button "More: Backup failed"'
                - 'button "Mark as read: Backup failed"'
          - link "See all notifications"
        """
    )
