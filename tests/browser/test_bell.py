"""The bell under the fingers: keyboard, mouse, phone, and no JavaScript at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

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


def expect_focus(page: Page, name: str) -> None:
    """Expect the focus on what has this name."""
    expect(focus(page)).to_have_accessible_name(name)


def test_the_keyboard_alone_is_enough(person: Person, context: BrowserContext) -> None:
    page = person.sign_in(context)
    for message in ("One", "Two", "Three"):
        person.tell(message)
    expect_unread(page, 3)

    page.keyboard.press("Tab")
    expect_focus(page, "Notifications, 3 unread")
    page.keyboard.press("Enter")
    expect(panel(page)).to_be_visible()
    expect_focus(page, "Notifications")
    page.keyboard.press("Tab")
    expect_focus(page, "Mark all read")
    page.keyboard.press("Tab")
    expect_focus(page, "Preferences")
    page.keyboard.press("Tab")
    expect_focus(page, "All")
    page.keyboard.press("Tab")
    expect_focus(page, "Unread: Three")

    page.keyboard.press("Enter")
    expect_unread(page, 2)
    expect_focus(page, "Three")
    page.keyboard.press("Tab")
    expect_focus(page, "Archive: Three")
    page.keyboard.press("Tab")
    expect_focus(page, "More: Three")
    page.keyboard.press("Tab")
    expect_focus(page, "Mark as unread: Three")
    page.keyboard.press("ArrowDown")
    expect_focus(page, "Mark as read: Two")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(panel(page).get_by_role("listitem")).to_have_count(2)
    expect_focus(page, "Archive: One")
    page.keyboard.press("Enter")
    expect(panel(page).get_by_role("listitem")).to_have_count(1)
    expect_focus(page, "Archive: Three")
    page.keyboard.press("Enter")
    expect(panel(page).get_by_text("You are all caught up")).to_be_visible()
    expect_focus(page, "Notifications")

    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    expect_focus(page, "Notifications, none unread")


def test_the_keyboard_chooses_an_item_while_text_is_selected_on_the_page(
    person: Person, context: BrowserContext
) -> None:
    page = person.sign_in(context)
    person.tell("Read the post", url="/posts/42/")
    expect_unread(page, 1)
    page.evaluate(
        """() => {
          document.addEventListener("notify-click", (event) => {
            event.preventDefault();
            document.title = `${event.detail.item.message} by ${event.detail.originalEvent.type}`;
          });
        }"""
    )

    trigger(page).click()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))")
    panel(page).get_by_role("link", name="Read the post").press("Enter")

    expect(page).to_have_title("Read the post by click")
    expect_unread(page, 0)


def test_a_click_elsewhere_closes_it(person: Person, context: BrowserContext) -> None:
    page = person.sign_in(context)
    trigger(page).click()
    expect(trigger(page)).to_have_attribute("aria-expanded", "true")

    page.mouse.click(20, 500)

    expect(panel(page)).to_be_hidden()
    expect(trigger(page)).to_have_attribute("aria-expanded", "false")


def test_opening_the_panel_marks_notifications_as_seen(
    person: Person, context: BrowserContext
) -> None:
    page = person.sign_in(context)
    person.tell("One")
    expect_unread(page, 1)
    assert bell(page).evaluate("bell => bell.client.state.unseen") == 1

    trigger(page).click()

    page.wait_for_function("() => document.querySelector('notify-bell').client.state.unseen === 0")
    expect_unread(page, 1)


def test_a_screen_reader_announces_a_new_notification(
    person: Person, context: BrowserContext
) -> None:
    page = person.sign_in(context)
    voice = page.locator("notify-bell .sr[role=status]")

    person.tell("Deploy finished")

    expect(voice).to_have_text("New notification: Deploy finished")
    expect(voice).to_have_text("")


def test_on_a_phone_it_is_a_sheet_at_the_bottom_with_targets_for_thumbs(
    person: Person, open_browser: OpenBrowser
) -> None:
    page = person.sign_in(open_browser(**PHONE))
    person.tell("One", url="/posts/1/")
    expect_unread(page, 1)

    trigger(page).tap()

    expect(item(page, "One")).to_be_visible()
    come_to_rest(page)
    box = panel(page).bounding_box()
    assert box is not None
    assert (round(box["x"]), round(box["width"])) == (0, 360)
    assert round(box["y"] + box["height"]) == 740
    for button in page.locator("notify-bell button:visible").all():
        size = button.bounding_box()
        assert size is not None
        # The mark in the margin: its row's menu does the same.
        is_mark = button.get_attribute("data-action") == "toggle"
        assert min(size["width"], size["height"]) >= (24 if is_mark else 44)
    panel(page).get_by_role("button", name="Close").tap()
    expect(panel(page)).to_be_hidden()


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_a_badge_of_any_length_leaves_the_bell_to_be_seen_and_stays_within_its_button(
    person: Person, open_browser: OpenBrowser, direction: str
) -> None:
    page = person.sign_in(open_browser(viewport={"width": 390, "height": 740}))
    page.evaluate("(direction) => { document.documentElement.dir = direction }", direction)
    badge, picture = page.locator("notify-bell .badge"), page.locator("notify-bell .trigger svg")
    for times, text in ((1, "1"), (100, "99+")):
        person.tell("Number #", times=times)
        expect(badge).to_have_text(text)
        come_to_rest(page)
        box, bell_box = badge.bounding_box(), picture.bounding_box()
        assert box is not None
        assert bell_box is not None
        covered = min(box["x"] + box["width"], bell_box["x"] + bell_box["width"])
        covered -= max(box["x"], bell_box["x"])
        assert covered <= bell_box["width"] * 0.8, text
        assert box["y"] + box["height"] <= bell_box["y"] + bell_box["height"] * 0.4, text
        button = page.locator("notify-bell .trigger").bounding_box()
        assert button is not None
        assert button["x"] <= box["x"], text
        assert box["x"] + box["width"] <= button["x"] + button["width"], text


def test_on_a_phone_the_button_that_closes_stands_in_the_corner_of_an_empty_inbox_too(
    person: Person, open_browser: OpenBrowser
) -> None:
    page = person.sign_in(open_browser(**PHONE))

    trigger(page).tap()

    expect(panel(page)).to_contain_text("You are all caught up")
    come_to_rest(page)
    box = panel(page).get_by_role("button", name="Close").bounding_box()
    assert box is not None
    assert 340 < box["x"] + box["width"] < 360


# The panel is loaded at the click: its animations may be over, or not begun, when one looks.
NOTE_MOTION = """
  (bell) => {
    window.moved = [];
    for (const sign of ["animationstart", "transitionrun"])
      bell.shadowRoot.addEventListener(sign, (event) =>
        moved.push(event.animationName ?? event.propertyName));
  }
"""
MOTION = """
  (bell) => moved.concat(bell.shadowRoot.getAnimations().map(
    ({ animationName, transitionProperty }) => animationName ?? transitionProperty))
"""


def motion_of_opening(page: Page) -> list[str]:
    """Open the panel, and return what has moved or faded, or is about to."""
    bell(page).evaluate(NOTE_MOTION)
    trigger(page).click()
    expect(item(page, "One")).to_be_visible()
    names: list[str] = bell(page).evaluate(MOTION)
    return names


def test_nothing_moves_for_those_who_want_less_motion(
    person: Person, open_browser: OpenBrowser
) -> None:
    still, lively = (
        person.sign_in(open_browser(reduced_motion="reduce")),
        person.sign_in(open_browser()),
    )
    person.tell("One")
    for page in (still, lively):
        expect_unread(page, 1)

    assert motion_of_opening(still) == []
    assert "rise" in motion_of_opening(lively)


@pytest.mark.parametrize("width", [481, 700, 1400])
def test_on_a_desk_it_stays_within_the_window(
    person: Person, open_browser: OpenBrowser, width: int
) -> None:
    page = person.sign_in(open_browser(viewport={"width": width, "height": 500}))
    person.tell("Number #", times=12)
    expect_unread(page, 12)

    trigger(page).click()

    expect(item(page, "Number 12")).to_be_visible()
    come_to_rest(page)
    box = panel(page).bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= 500


def test_targets_are_large_enough_for_a_mouse(person: Person, context: BrowserContext) -> None:
    page = person.sign_in(context)
    person.tell("One")
    expect_unread(page, 1)
    trigger(page).click()
    expect(item(page, "One")).to_be_visible()
    come_to_rest(page)

    for button in page.locator("notify-bell button:visible").all():
        size = button.bounding_box()
        assert size is not None
        assert min(size["width"], size["height"]) >= 24


def test_without_javascript_it_is_a_link_to_the_inbox(
    person: Person, open_browser: OpenBrowser
) -> None:
    person.sign_in(open_browser())
    person.tell("Read me")
    page = open_browser(java_script_enabled=False).new_page()
    page.goto(f"{person.site.url}/sign-in/{person.name}/")
    page.goto(f"{person.site.url}/page/")

    page.get_by_role("link", name="Notifications (1)").click()

    page.wait_for_url("**/notifications/")
    expect(page.get_by_text("Read me")).to_be_visible()
