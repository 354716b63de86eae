"""What arrives is told outside of the panel: on cards, in the title and on the desktop."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.people import LISTEN, Person, bell, expect_unread, violations
from tests.browser.test_accessibility import expect_fine
from tests.browser.test_tabs import Tabs, stream

OpenBrowser = Callable[..., BrowserContext]

HIDE = "Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })"
WATCH = """() => {
  window.shown = [];
  window.Notification = class extends Notification {
    constructor(title, options) {
      super(title, options);
      shown.push(this);
      document.body.dataset.shown = title;
    }
  };
}"""
# The driver gives the focus to every page, and a browser only to one.
LOSE_FOCUS = "document.hasFocus = () => false"
SPEAKS = "document.querySelector('notify-bell').client.state.speaks"


def open_page(person: Person, context: BrowserContext) -> Page:
    """Open a page that tells what arrives, in a browser of theirs."""
    page = context.new_page()
    page.add_init_script(LISTEN)
    page.goto(f"{person.site.url}/sign-in/{person.name}/")
    page.goto(f"{person.site.url}/toasts/")
    expect(bell(page)).to_have_attribute("data-status", "open")
    return page


def keep_cards(page: Page) -> None:
    """Let cards stay until somebody closes them."""
    page.locator("notify-toasts").evaluate("toasts => toasts.setAttribute('duration', '0')")


def wait_for_turn(page: Page, *, speaks: bool = True) -> None:
    """Wait until it is up to a tab, or not, to tell what arrives."""
    page.wait_for_function(
        "speaks => document.querySelector('notify-bell').client.state.speaks === speaks",
        arg=speaks,
    )


def region(page: Page) -> Locator:
    return page.get_by_role("region", name="New notifications")


def cards(page: Page) -> Locator:
    return region(page).get_by_role("listitem")


def test_a_card_shows_what_arrives_and_leads_to_it(person: Person, context: BrowserContext) -> None:
    page = person.sign_in(context)
    person.tell("Earlier")
    expect_unread(page, 1)
    page.goto(f"{person.site.url}/toasts/")
    keep_cards(page)
    link = page.get_by_role("link", name="link")
    link.focus()
    expect_unread(page, 1)
    expect(cards(page)).to_have_count(0)

    person.tell("Backup failed", level="error", description="No answer.")
    person.tell("Read the report", url="/ready/", level="success")
    expect(cards(page)).to_have_count(2)
    expect(region(page)).to_match_aria_snapshot(
        """
        - region "New notifications":
          - list:
            - listitem:
              - link "Read the report"
              - paragraph: /Success · \\d+:\\d+/
              - 'button "Mark as read: Read the report"'
              - 'button "Close: Read the report"'
            - listitem:
              - text: Backup failed
              - paragraph: No answer.
              - paragraph: /Error · \\d+:\\d+/
              - 'button "Mark as read: Backup failed"'
              - 'button "Close: Backup failed"'
        """
    )
    expect(page.get_by_role("alert")).to_have_text("New notification: Backup failed")
    expect(link).to_be_focused()
    page.keyboard.press("F6")
    expect(page.get_by_role("link", name="Read the report")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(cards(page)).to_have_count(0)
    expect_unread(page, 2)
    expect(link).to_be_focused()

    person.tell("Come and see", url="/page/")
    region(page).get_by_text("Come and see").click()
    expect(page).to_have_url(f"{person.site.url}/page/")
    expect_unread(page, 2)
    assert violations(page) == []


def test_axe_finds_nothing_and_nothing_sticks_out(person: Person, context: BrowserContext) -> None:
    page = open_page(person, context)
    keep_cards(page)
    for level in ("info", "success", "warning", "error"):
        person.tell(f"It was {level}", level=level, description="Some more words.", url="/ready/")
    expect(region(page).get_by_text("more", exact=False).last).to_be_visible()

    expect_fine(page, "four toasts")
    page.set_viewport_size({"width": 320, "height": 640})
    left = region(page).evaluate("region => region.getBoundingClientRect().left")
    assert left >= 0, "sticks out"


def test_one_tab_shows_the_card_and_each_has_the_title(
    person: Person, context: BrowserContext
) -> None:
    first, second = open_page(person, context), open_page(person, context)
    second.bring_to_front()
    second.get_by_role("heading").click()
    wait_for_turn(second)
    wait_for_turn(first, speaks=False)

    person.tell("Tea is ready", level="error")

    expect(cards(second)).to_have_count(1)
    for page in (first, second):
        expect(page).to_have_title("(1) My site")
    expect(cards(first)).to_have_count(0)
    second.close()
    expect(bell(first)).to_have_attribute("data-status", "open")
    wait_for_turn(first)
    person.tell("Cake as well", level="error")
    expect(cards(first)).to_have_count(1)


def test_no_card_is_lost_or_shown_twice_when_the_leader_closes_under_a_stream(
    person: Person, open_browser: OpenBrowser
) -> None:
    context = open_browser()
    tabs = Tabs(person, context)
    leader, other, speaker = pages = [open_page(person, context) for _ in range(3)]
    assert tabs.opened == [leader]
    for page in (leader, other):
        page.evaluate(LOSE_FOCUS)
    for page in pages:
        page.locator("notify-toasts").evaluate(
            "toasts => { toasts.setAttribute('max', 1000); toasts.setAttribute('duration', 0); }"
        )
    deadline = time.monotonic() + 20
    while not speaker.evaluate(SPEAKS):
        assert time.monotonic() < deadline, "The page that was opened last does not speak."

    with stream(person) as told:
        expect(cards(speaker)).not_to_have_count(0)
        expect(cards(leader)).to_have_count(0)
        leader.close()
        taken_over = tabs.expect_new_leader(leader, [speaker, other])
        enough = len(told) + 3
        while len(told) < enough:
            taken_over.wait_for_timeout(20)

    for page in (speaker, other):
        expect(page).to_have_title(f"({len(told)}) My site")
    titles = cards(speaker).locator(".item-title").all_text_contents()
    assert sorted(titles) == sorted(f"Number {number}" for number in range(len(told)))
    expect(cards(other)).to_have_count(0)


def test_the_title_and_the_desktop_tell_it_too(person: Person, open_browser: OpenBrowser) -> None:
    context = open_browser(permissions=["notifications"])
    page = open_page(person, context)
    expect(page).to_have_title("My site")
    person.tell("Earlier")
    expect(page).to_have_title("(1) My site")
    page.evaluate(WATCH)
    switch = page.get_by_role("switch", name="Desktop notifications")
    expect(switch).not_to_be_checked()
    switch.click()
    expect(switch).to_be_checked()

    page.evaluate(HIDE)
    person.tell("Tea is ready", description="In the kitchen", url="/page/")
    expect(page).to_have_title("(2) My site")
    expect(page.locator("body")).to_have_attribute("data-shown", "Tea is ready")
    assert page.evaluate("shown.at(-1).body") == "In the kitchen"
    page.evaluate("shown.at(-1).dispatchEvent(new Event('click'))")
    expect(page).to_have_url(f"{person.site.url}/page/")

    page.goto(f"{person.site.url}/toasts/")
    expect(page).to_have_title("(1) My site")
    expect(page.get_by_role("switch", name="Desktop notifications")).to_be_checked()
    assert violations(page) == []
