"""The inbox page follows the inbox, and works without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.people import Person, expect_unread, violations

OpenBrowser = Callable[..., BrowserContext]


@pytest.fixture
def page(person: Person, context: BrowserContext) -> Page:
    """Their inbox page, with two notifications."""
    person.sign_in(context).close()
    person.tell("Tea #", times=2)
    page = person.open_tab(context)
    expect_unread(page, 2)
    page.goto(f"{person.site.url}/notifications/")
    page.evaluate("window.marker = 'the same page'")
    return page


def rows(page: Page) -> Locator:
    return page.locator("notify-inbox .rn-item")


def row(page: Page, text: str) -> Locator:
    return rows(page).filter(has_text=text)


def is_the_same_page(page: Page) -> bool:
    return bool(page.evaluate("window.marker === 'the same page'"))


def test_what_arrives_and_what_is_done_elsewhere_appears_by_itself(
    person: Person, page: Page, context: BrowserContext
) -> None:
    expect(rows(page)).to_have_count(2)

    person.tell("<b>Cake</b>")
    expect(rows(page).first).to_contain_text("<b>Cake</b>")
    expect(page.get_by_role("status").filter(has_text="3 unread")).to_be_visible()
    expect(page).to_have_title("(3) Notifications")

    other = context.new_page()
    other.goto(f"{person.site.url}/notifications/")
    row(other, "Tea 1").get_by_role("button", name="Delete").click()
    expect(row(page, "Tea 1")).to_have_count(0)
    expect(rows(page)).to_have_count(2)
    assert is_the_same_page(page)
    assert violations(page) == []


def test_buttons_work_without_leaving_the_page_and_the_focus_stays(
    person: Person, page: Page
) -> None:
    toggle = row(page, "Tea 2").locator("button").first
    toggle.focus()
    page.keyboard.press("Enter")
    expect(row(page, "Tea 2").get_by_role("button", name="Mark as unread")).to_be_focused()
    expect(page).to_have_title("(1) Notifications")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(row(page, "Tea 2")).to_have_count(0)
    expect(row(page, "Tea 1").get_by_role("button", name="Archive")).to_be_focused()

    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("button", name="Mark all as read")).to_have_count(0)
    expect(page).to_have_title("Notifications")
    assert is_the_same_page(page)

    # Its other boxes are links, and follow in the same way.
    page.get_by_role("link", name="Archive", exact=True).click()
    row(page, "Tea 2").get_by_role("button", name="Move to the inbox").click()
    expect(page.get_by_text("No archived notifications.")).to_be_visible()
    assert violations(page) == []


def test_a_row_stays_under_the_pointer_while_others_arrive(person: Person, page: Page) -> None:
    person.tell("More #", times=20)
    expect(rows(page).first).to_contain_text("More 20")
    expect(rows(page)).to_have_count(20)
    tea = rows(page).nth(12)
    name = tea.locator(".rn-message").inner_text()
    tea.hover()
    before = tea.bounding_box()

    person.tell("Late")
    expect(rows(page).first).to_contain_text("Late")

    after = row(page, name).bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) < 2


def test_an_action_that_fails_says_so_and_a_page_of_nobody_shows_nothing(
    person: Person, page: Page, context: BrowserContext
) -> None:
    page.route("**/notifications/", lambda route: route.abort())
    row(page, "Tea 1").get_by_role("button", name="Archive").click()
    expect(page.get_by_role("alert")).to_have_text("That did not work. Please try again.")
    expect(row(page, "Tea 1")).to_be_visible()
    page.unroute("**/notifications/")

    context.new_page().goto(f"{person.site.url}/sign-out/")
    expect(rows(page)).to_have_count(0)


def test_it_works_without_javascript(person: Person, open_browser: OpenBrowser) -> None:
    context = open_browser(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{person.site.url}/sign-in/{person.name}/")
    person.tell("Tea")
    page.goto(f"{person.site.url}/notifications/")

    row(page, "Tea").get_by_role("button", name="Archive").click()

    expect(page.get_by_text("No notifications yet.")).to_be_visible()


def test_the_list_lives_in_any_page_of_the_site(person: Person, context: BrowserContext) -> None:
    page = person.sign_in(context)
    page.goto(f"{person.site.url}/inbox-in-a-page/")

    person.tell("Tea")
    expect(row(page, "Tea")).to_be_visible()
    row(page, "Tea").get_by_role("button", name="Mark as read").click()
    expect(row(page, "Tea").get_by_role("button", name="Mark as unread")).to_be_visible()

    assert page.url.endswith("/inbox-in-a-page/")
    expect(page.get_by_role("heading", name="A page with a list")).to_be_visible()
    assert violations(page) == []
