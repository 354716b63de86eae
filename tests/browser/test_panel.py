"""The panel as people work in it: by keyboard, by mouse, by thumb, in a long inbox."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.people import (
    Person,
    bell,
    come_to_rest,
    expect_unread,
    focus,
    item,
    panel,
    trigger,
)

OpenBrowser = Callable[..., BrowserContext]

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def rows(page: Page) -> Locator:
    return panel(page).get_by_role("listitem")


ROW_HEIGHT = "document.querySelector('notify-bell').shadowRoot.querySelector('li').offsetHeight"


def expect_focus(page: Page, title: str) -> None:
    """Expect the focus in the row with a title."""
    row = panel(page).locator("li:focus-within .item-title")
    expect(row).to_have_text(re.compile(f"^(Unread: )?{title}$"))


def test_an_inbox_is_gone_through_with_the_keyboard_alone(
    person: Person, context: BrowserContext
) -> None:
    page = person.sign_in(context)
    for message in ("One", "Two", "Three", "Four"):
        person.tell(message, url="/posts/1/")
    expect_unread(page, 4)
    page.keyboard.press("e")
    trigger(page).press("Enter")
    expect(rows(page)).to_have_count(4)
    expect(panel(page).get_by_role("heading", name="Notifications")).to_be_focused()

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect_focus(page, "Three")
    page.keyboard.press("e")
    expect(rows(page)).to_have_count(3)
    expect_focus(page, "Two")
    page.keyboard.press("r")
    expect_unread(page, 2)
    page.keyboard.press("u")
    expect_unread(page, 3)
    page.keyboard.press("End")
    expect_focus(page, "One")
    page.keyboard.press("k")
    page.keyboard.press("Home")
    expect_focus(page, "Four")

    # From the title to its three buttons, and on.
    for _ in range(4):
        page.keyboard.press("Tab")
    # One row is in the tab order. The offer to undo goes by itself.
    expect(focus(page)).to_have_text(re.compile("^(Undo|See all notifications)$"))
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Mark as unread")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(panel(page)).to_be_visible()
    expect_focus(page, "Four")

    usual = page.evaluate(ROW_HEIGHT)
    page.evaluate("document.querySelector('notify-bell').setAttribute('density', 'compact')")
    assert page.evaluate(ROW_HEIGHT) < usual


def test_what_arrives_waits_while_somebody_points_at_the_list(
    person: Person, context: BrowserContext
) -> None:
    page = person.sign_in(context)
    person.tell("Old #", times=3)
    expect_unread(page, 3)
    trigger(page).click()
    item(page, "Old 2").hover()
    come_to_rest(page)
    before = item(page, "Old 2").bounding_box()

    person.tell("Late #", times=2)
    new = panel(page).get_by_role("button", name="2 new")
    expect(new).to_be_visible()
    expect_unread(page, 5)
    assert item(page, "Old 2").bounding_box() == before

    new.click()
    expect(rows(page).first).to_contain_text("Late 2")
    expect(new).to_be_hidden()
    person.tell("Later")
    expect(panel(page).get_by_role("button", name="1 new")).to_be_visible()
    page.mouse.move(5, 500)
    expect(rows(page).first).to_contain_text("Later")


def test_older_items_come_as_somebody_scrolls_and_a_failure_can_be_tried_again(
    person: Person, context: BrowserContext
) -> None:
    page = person.sign_in(context)
    person.tell("Number #.", times=65)
    page.reload()
    expect_unread(page, 65)
    trigger(page).click()
    expect(rows(page)).to_have_count(20)
    bell(page).evaluate(
        """(bell) => {
          const client = bell.client;
          const load = client.loadMore;
          client.loadMore = async () => {
            client.loadMore = load;
            return {ok: false, error: {code: "internal", message: "No.", temporary: true}};
          };
        }"""
    )

    rows(page).last.scroll_into_view_if_needed()
    again = panel(page).get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    expect(rows(page)).to_have_count(20)
    again.click()
    page.wait_for_function(
        """() => {
          const {shadowRoot} = document.querySelector("notify-bell");
          const scroller = shadowRoot.querySelector(".scroller");
          scroller.scrollTop = scroller.scrollHeight;
          return shadowRoot.querySelectorAll("li").length === 65;
        }"""
    )
    expect(rows(page).last).to_contain_text("Number 1.")
    expect(again).to_be_hidden()
    # What was scrolled past stays, where the browser's search finds it, and costs nothing.
    page.wait_for_function(
        """() => {
          const {shadowRoot} = document.querySelector("notify-bell");
          const isDrawn = (row) =>
            shadowRoot
              .querySelector(`li:nth-child(${row}) .card`)
              .checkVisibility({contentVisibilityAuto: true});
          return !isDrawn(35) && isDrawn(65);
        }"""
    )


def swipe(page: Page, row: Locator, distance: int) -> None:
    """Draw a finger across a row, in steps as the browser reports them."""
    box = row.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    points = [{"x": x + distance * step / 10, "y": y} for step in range(11)]
    for kind, point in zip(["touchStart"] + ["touchMove"] * 10, points, strict=True):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize(("direction", "start"), [("ltr", -1), ("rtl", 1)])
def test_a_thumb_archives_towards_the_start_of_the_line_and_marks_towards_its_end(
    person: Person, open_browser: OpenBrowser, direction: str, start: int
) -> None:
    page = person.sign_in(open_browser(**PHONE))
    page.evaluate("(direction) => { document.documentElement.dir = direction; }", direction)
    person.tell("One", url="/posts/1/")
    person.tell("Two", url="/posts/2/")
    expect_unread(page, 2)
    trigger(page).tap()
    expect(item(page, "Two")).to_be_visible()
    come_to_rest(page)

    swipe(page, item(page, "Two"), start * 40)
    swipe(page, item(page, "Two"), -start * 160)
    expect_unread(page, 1)
    expect(rows(page)).to_have_count(2)
    swipe(page, item(page, "Two"), start * 160)
    expect(rows(page)).to_have_count(1)
    expect(item(page, "One")).to_be_visible()
    assert page.url.endswith("/page/"), "a swipe is no click"
