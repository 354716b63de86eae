"""Tabs, row actions, pictures, the menu of a row and the preferences, in the panel."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.people import Person, bell, expect_unread, item, panel, trigger, violations

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}

TABS = "all, unread, archived, group:nothing=Orders"


def open_panel(page: Page, tabs: str = TABS) -> None:
    bell(page).evaluate("(bell, tabs) => bell.setAttribute('tabs', tabs)", tabs)
    trigger(page).click()
    expect(panel(page)).to_be_visible()


def rows(page: Page) -> list[str]:
    return panel(page).locator(".item-title > :last-child").all_inner_texts()


def test_tabs_show_lists_that_follow_what_happens(person: Person, context: BrowserContext) -> None:
    page, other = person.sign_in(context), person.open_tab(context)
    person.tell("Message #", times=25)
    expect_unread(page, 25)
    open_panel(page)
    expect(panel(page).get_by_role("tab", selected=True)).to_have_text("All")

    item(page, "Message 25").hover()
    panel(page).get_by_role("button", name="Archive: Message 25").click()
    panel(page).get_by_role("tab", name="Archived").click()
    expect(item(page, "Message 25")).to_be_visible()
    expect(panel(page).get_by_role("listitem")).to_have_count(1)

    # Another tab of the browser archives one, deep in the list: the archive of this one has it.
    other.bring_to_front()
    trigger(other).click()
    item(other, "Message 24").hover()
    panel(other).get_by_role("button", name="Archive: Message 24").click()
    expect_unread(other, 23)
    page.bring_to_front()
    expect(item(page, "Message 24")).to_be_visible()

    item(page, "Message 24").hover()
    panel(page).get_by_role("button", name="Move to the inbox: Message 24").click()
    expect(item(page, "Message 24")).to_be_hidden()
    # Under a pointer no row would move.
    page.mouse.move(0, 0)
    panel(page).get_by_role("tab", selected=True).press("ArrowLeft")
    expect(panel(page).get_by_role("tab", selected=True)).to_have_text("Unread")
    expect(item(page, "Message 24")).to_be_visible()
    item(page, "Message 24").hover()
    panel(page).get_by_role("button", name="Mark as read: Message 24").click()
    expect(item(page, "Message 24")).to_be_hidden()

    # The unread ones beyond the first page come by scrolling.
    item(page, "Message 5").scroll_into_view_if_needed()
    expect(item(page, "Message 1").last).to_be_visible()
    panel(page).get_by_role("tab", name="Orders").click()
    expect(panel(page).get_by_text("Nothing here")).to_be_visible()
    assert violations(page) == []
    assert person.problems == []


def test_a_row_answers_its_event_and_shows_a_picture(
    person: Person, context: BrowserContext
) -> None:
    page = person.sign_in(context)
    approve = {"label": "Approve", "method": "POST", "style": "primary"}
    decline = {"label": "Decline", "method": "POST", "style": "danger"}
    actions = [
        {**approve, "url": "/approve/409/"},
        {**decline, "url": "/approve/204/"},
        {"label": "See the order", "url": "/ready/"},
    ]
    person.tell("Order 7 waits", url="/ready/", data={"image": "/avatar.svg", "actions": actions})
    expect_unread(page, 1)
    open_panel(page)
    row = item(page, "Order 7 waits")
    assert row.locator(".avatar").evaluate("async (image) => (await image.decode(), image.width)")

    row.get_by_role("button", name="Approve").click()
    expect(row.get_by_role("alert")).to_have_text("That did not work. Please try again.")
    expect_unread(page, 1)
    row.get_by_role("button", name="Decline").click()
    expect(row.get_by_role("status")).to_have_text("Done: Decline")
    expect_unread(page, 0)
    assert page.url.endswith("/page/")
    assert violations(page) == []
    assert [said for said in person.problems if "409" not in said] == []


def test_the_menu_of_a_row_works_by_keyboard(person: Person, context: BrowserContext) -> None:
    page = person.sign_in(context)
    person.tell("Snooze me")
    person.tell("Mute me", key="browser/noise")
    expect_unread(page, 2)
    open_panel(page)
    row = item(page, "Mute me")
    row.locator(".menu").focus()
    page.keyboard.press("Enter")
    menu = panel(page).get_by_role("menu")
    expect(menu.get_by_role("menuitem").first).to_be_focused()

    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(panel(page)).to_be_visible()
    expect(row.locator(".menu")).to_be_focused()

    page.keyboard.press("Enter")
    expect(menu.get_by_role("menuitem", name="Mute this type")).to_be_visible()
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(panel(page).get_by_text("You get no more of: browser/noise")).to_be_visible()
    person.tell("Noise", key="browser/noise")
    panel(page).get_by_role("button", name="Undo").click()
    expect(panel(page).get_by_role("button", name="Undo")).to_be_hidden()

    item(page, "Snooze me").hover()
    item(page, "Snooze me").locator(".menu").click()
    menu.get_by_role("menuitem", name=re.compile("Tomorrow morning")).click()
    expect(item(page, "Snooze me")).to_be_hidden()
    expect(panel(page).get_by_text("Snoozed until")).to_be_visible()
    expect_unread(page, 1)
    assert violations(page) == []
    assert person.problems == []


def test_preferences_in_the_panel_are_those_of_the_page(
    person: Person, open_browser: Callable[..., BrowserContext]
) -> None:
    page = person.sign_in(open_browser(**PHONE))
    person.tell("Hello", key="browser/noise")
    expect_unread(page, 1)
    trigger(page).tap()
    panel(page).get_by_role("button", name="Preferences").tap()
    noise = panel(page).get_by_role("group", name="browser/noise")
    switch = noise.get_by_role("switch").first
    expect(switch).to_be_checked()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    with page.expect_response("**/api/preferences/") as saved:
        switch.tap()
    assert saved.value.ok
    expect(switch).not_to_be_checked()
    panel(page).get_by_role("button", name="Back").tap()
    expect(item(page, "Hello")).to_be_visible()

    panel(page).get_by_role("button", name="Preferences").tap()
    expect(switch).not_to_be_checked()
    panel(page).get_by_role("link", name="All preferences").tap()
    page.wait_for_url("**/preferences/")
    assert person.problems == []
