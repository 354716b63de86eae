"""axe finds nothing to complain about, in whatever state the bell is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from tests.browser.people import Person, come_to_rest, expect_unread, focus, item, panel, trigger

OpenBrowser = Callable[..., BrowserContext]

DESK, PHONE = ViewportSize(width=1280, height=720), ViewportSize(width=320, height=640)
LOOKS: dict[str, tuple[ViewportSize, dict[str, Any]]] = {
    "light": (DESK, {}),
    "forced colors": (DESK, {"forced_colors": "active"}),
    "dark phone": (PHONE, {"color_scheme": "dark"}),
}
PLAIN: dict[str, Any] = {"color_scheme": "light", "forced_colors": "none"}


def complaints(page: Page) -> list[str]:
    """Return what axe finds, everything it knows being looked for."""
    come_to_rest(page)  # colours are judged when everything has faded in
    results = Axe().run(page)
    return [
        f"{found['id']}: {node['html']} {node['failureSummary']}"
        for found in results.response["violations"]
        for node in found["nodes"]
    ]


def expect_fine(page: Page, state: str) -> None:
    """Expect a page to be accessible and no wider than its window, in every look."""
    for look, (viewport, media) in LOOKS.items():
        page.set_viewport_size(viewport)
        page.emulate_media(**{**PLAIN, **media})
        assert complaints(page) == [], f"{state}, {look}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (state, look)
    page.set_viewport_size(DESK)
    page.emulate_media(**PLAIN)


def test_axe_finds_nothing_in_any_state(person: Person, context: BrowserContext) -> None:
    page = person.sign_in(context)
    expect_fine(page, "closed and empty")
    trigger(page).click()
    expect(panel(page).get_by_text("You are all caught up")).to_be_visible()
    expect_fine(page, "open and empty")

    person.tell("A link, and more to say", url="/posts/1/", description="Some more words about it.")
    person.tell("It went well", level="success")
    person.tell("It might not", level="warning")
    person.tell("It did not", level="error")
    person.tell("It did not", level="error")
    expect_unread(page, 4)
    expect(item(page, "It did not")).to_contain_text("Latest of 2")
    expect_fine(page, "open, with unread items of all levels")

    page.get_by_role("button", name="Mark all read").click()
    expect_unread(page, 0)
    expect_fine(page, "open, everything read")

    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    person.tell("One more")
    expect_unread(page, 1)
    expect_fine(page, "closed, with a badge")


def test_a_button_of_a_row_says_what_it_does_once(person: Person, context: BrowserContext) -> None:
    page = person.sign_in(context)
    person.tell("Tea is ready")
    trigger(page).click()

    expect(item(page, "Tea is ready")).to_be_visible()
    # Playwright describes by the title even what is named by it; Chromium does not.
    tree = context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    said = [
        (node["name"]["value"], node.get("description", {}).get("value", ""))
        for node in tree
        if node.get("name", {}).get("value", "").endswith(": Tea is ready")
    ]
    for action in ("Archive", "More", "Mark as read"):
        assert (f"{action}: Tea is ready", "") in said


def test_what_speaks_is_there_before_it_has_anything_to_say(
    person: Person, context: BrowserContext
) -> None:
    page = person.sign_in(context)
    trigger(page).click()
    expect(panel(page)).to_be_visible()

    # Roles are looked for in what is rendered only; empty, it takes no room.
    for role in ("status", "alert"):
        regions = panel(page).get_by_role(role)
        assert regions.count() == {"status": 2, "alert": 1}[role]
        for region in regions.all():
            assert region.evaluate("(element) => element.offsetHeight") == 0


def test_at_400_percent_the_list_has_most_of_the_window(
    person: Person, open_browser: OpenBrowser
) -> None:
    page = person.sign_in(open_browser(viewport={"width": 320, "height": 256}))
    person.tell("Number #", times=5, description="It says some more.")
    expect_unread(page, 5)

    trigger(page).press("Enter")

    expect(item(page, "Number 5")).to_be_visible()
    expect(focus(page)).to_have_text("Notifications")
    list_height = page.locator("notify-bell .scroller").evaluate("(list) => list.clientHeight")
    assert list_height >= 256 / 2
    for _ in range(5):
        page.keyboard.press("ArrowDown")
    expect(item(page, "Number 1")).to_be_in_viewport(ratio=0.5)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_rows_grow_with_the_text_size_of_the_browser(
    person: Person, context: BrowserContext
) -> None:
    page = person.sign_in(context)
    person.tell("Deploy finished", description="All four regions have the new version by now.")
    expect_unread(page, 1)
    trigger(page).click()
    row = item(page, "Deploy finished")
    expect(row).to_be_visible()
    before = row.evaluate("(row) => row.offsetHeight")

    context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": 32}})

    page.wait_for_function(
        "([row, before]) => row.offsetHeight > before * 1.5", arg=[row.element_handle(), before]
    )
    for part in row.locator("a, p, button:visible").all():
        if part.is_visible():
            clipped = part.evaluate(
                "({ scrollHeight, clientHeight }) => scrollHeight - clientHeight"
            )
            assert clipped <= 2
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


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
