"""Two accounts in one browser: one cookie, many tabs, and nothing of anybody left for the other."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.people import Person, bell, expect_unread, item, panel, trigger
from tests.site import Site

OpenBrowser = Callable[..., BrowserContext]

TEXT = "document.querySelector('notify-bell').shadowRoot.textContent"
# Notes every moment at which the bell holds something of both, however short.
WATCH = f"""
  window.mixtures = 0;
  const look = () => {{
    const text = {TEXT};
    if (text.includes("For Anna") && text.includes("For Bert")) mixtures += 1;
  }};
  new MutationObserver(look).observe(document.querySelector("notify-bell").shadowRoot, {{
    subtree: true, childList: true, characterData: true,
  }});
"""


def with_notifications(person: Person, message: str, count: int) -> Person:
    """Give a person an account, and notifications."""
    urllib.request.urlopen(f"{person.site.url}/sign-in/{person.name}/", timeout=30).close()
    person.tell(message, times=count)
    return person


@pytest.fixture
def anna(person: Person) -> Person:
    """Somebody with three notifications."""
    return with_notifications(person, "For Anna #", 3)


@pytest.fixture
def bert(site: Site, person: Person) -> Person:
    """Somebody with more, who uses the same computer."""
    return with_notifications(Person(site, f"{person.name}-bert"), "For Bert #", 9)


def held(page: Page) -> str:
    """Return all the text that the page holds in its bell, visible or not."""
    text: str = page.evaluate(TEXT)
    return text


def count_in_memory(page: Page) -> int:
    """Return how many items the client of the page holds."""
    count: int = page.evaluate("document.querySelector('notify-bell').client.state.items.length")
    return count


def sign_out(person: Person, context: BrowserContext) -> None:
    """Sign out in another tab."""
    page = context.new_page()
    page.goto(f"{person.site.url}/sign-out/")
    page.close()


def look_at(page: Page) -> None:
    """Come back to a tab."""
    page.bring_to_front()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.mark.parametrize("is_open", [False, True], ids=["closed", "open"])
def test_at_sign_out_nothing_stays_in_the_page(
    anna: Person, context: BrowserContext, is_open: bool
) -> None:
    page = anna.sign_in(context)
    trigger(page).click()
    expect(panel(page).get_by_role("listitem")).to_have_count(3)
    anna.tell("For Anna, just now")  # what a screen reader is about to be told
    expect(panel(page).get_by_role("listitem")).to_have_count(4)
    if not is_open:
        trigger(page).click()

    sign_out(anna, context)

    expect(bell(page)).to_have_attribute("data-status", "closed")
    expect_unread(page, 0)
    assert "For Anna" not in held(page)
    page.wait_for_timeout(1500)  # as long as announcements are collected
    assert "For Anna" not in held(page)
    assert count_in_memory(page) == 0


def test_a_tab_of_one_account_never_mixes_it_with_the_next(
    anna: Person, bert: Person, context: BrowserContext
) -> None:
    left = anna.sign_in(context)
    trigger(left).click()
    expect(panel(left).get_by_role("listitem")).to_have_count(3)
    left.evaluate(WATCH)

    sign_out(anna, context)
    expect_unread(bert.sign_in(context), 9)
    look_at(left)

    expect(panel(left).get_by_role("listitem")).to_have_count(9)
    expect_unread(left, 9)
    assert "For Anna" not in held(left)
    assert left.evaluate("window.mixtures") == 0
    bert.tell("For Bert, later")
    expect(item(left, "For Bert, later")).to_be_visible()


def test_a_click_under_the_cookie_of_another_account_marks_nothing_of_theirs(
    anna: Person, bert: Person, context: BrowserContext, open_browser: OpenBrowser
) -> None:
    elsewhere = bert.sign_in(open_browser())
    anna.sign_in(context).close()
    left = anna.open_tab(context)
    # The socket goes by the account of its handshake; HTTP goes by the cookie of the moment.
    left.evaluate("document.querySelector('notify-bell').setAttribute('socket', 'off')")
    expect(bell(left)).to_have_attribute("data-status", "polling")
    with left.expect_response("**/api/seen/"):
        trigger(left).click()
    expect(panel(left).get_by_role("listitem")).to_have_count(3)
    left.evaluate(WATCH)

    sign_out(anna, context)
    bert.sign_in(context).close()
    left.get_by_role("button", name="Mark all read").click()

    expect(left.locator("notify-bell .error")).to_contain_text("did not work")
    expect(panel(left).get_by_role("listitem")).to_have_count(9)
    assert "For Anna" not in held(left)
    assert left.evaluate("window.mixtures") == 0
    expect_unread(elsewhere, 9)


def test_a_page_that_comes_back_from_the_cache_after_sign_out_is_emptied(
    anna: Person, context: BrowserContext
) -> None:
    page = anna.sign_in(context)
    trigger(page).click()
    expect(panel(page).get_by_role("listitem")).to_have_count(3)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    expect(bell(page)).not_to_have_attribute("data-status", "open")

    sign_out(anna, context)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")

    expect(bell(page)).to_have_attribute("data-status", "closed")
    assert "For Anna" not in held(page)
    assert count_in_memory(page) == 0
