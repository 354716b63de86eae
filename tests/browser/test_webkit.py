"""The bell in WebKit, which lays out and paints by code of its own."""

from __future__ import annotations

import pytest

from tests.browser.people import Person
from tests.browser.webkit import Page

IN_BELL = """
  const bell = document.querySelector("notify-bell");
  const find = (selector) => bell.shadowRoot.querySelector(selector);
"""


@pytest.fixture
def inbox(person: Person, webkit_page: Page) -> Page:
    """The page with the bell, in WebKit, where the person is signed in."""
    webkit_page.go(f"{person.site.url}/sign-in/{person.name}/")
    webkit_page.go(f"{person.site.url}/page/")
    webkit_page.wait_for("document.querySelector('notify-bell').dataset.status === 'open'")
    return webkit_page


def wait_for_unread(page: Page, count: int) -> None:
    """Wait until the badge shows a number."""
    page.wait_for(f"document.querySelector('notify-bell').dataset.unread === '{count}'")


def click_bell(page: Page) -> None:
    """Click in the middle of the bell."""
    x, y = page.run(
        f"""{IN_BELL}
        const {{ x, y, width, height }} = find(".trigger").getBoundingClientRect();
        return [x + width / 2, y + height / 2];"""
    )
    page.click(x, y)


def is_open(page: Page) -> bool:
    """Say whether the bell says that its panel is open."""
    answer: bool = page.run("return document.querySelector('notify-bell').open")
    return answer


def rows_that_can_be_clicked(page: Page) -> list[str]:
    """Return the titles of the rows that are what the browser finds at their own middle."""
    titles: list[str] = page.run(
        f"""{IN_BELL}
        return [...bell.shadowRoot.querySelectorAll("li")].filter((row) => {{
          const {{ x, y, width, height }} = row.getBoundingClientRect();
          return row.contains(bell.shadowRoot.elementFromPoint(x + width / 2, y + height / 2));
        }}).map((row) => row.querySelector(".item-title span:last-child").textContent);"""
    )
    return titles


def test_the_open_panel_is_visible_and_its_rows_can_be_clicked(person: Person, inbox: Page) -> None:
    person.tell("Number #", times=3)
    wait_for_unread(inbox, 3)

    click_bell(inbox)
    inbox.wait_for("document.querySelector('notify-bell').open")

    inbox.run("return new Promise((resolve) => setTimeout(resolve, 500))")
    shown = inbox.run(
        f"""{IN_BELL}
        const box = (selector) => find(selector).getBoundingClientRect();
        return {{
          opacity: getComputedStyle(find(".panel")).opacity,
          list: box(".list").height,
          scroller: box(".scroller").height,
          below: box(".panel").top >= box(".trigger").bottom,
          within: box(".panel").left >= 0 && box(".panel").right <= innerWidth,
        }};"""
    )
    assert shown["opacity"] == "1"
    assert shown["list"] > 3 * 40
    assert shown["scroller"] >= shown["list"]
    assert shown["below"]
    assert shown["within"]
    assert rows_that_can_be_clicked(inbox) == ["Number 3", "Number 2", "Number 1"]


def test_a_long_list_scrolls_within_the_window(person: Person, inbox: Page) -> None:
    person.tell("Number #", times=15)
    wait_for_unread(inbox, 15)

    click_bell(inbox)
    inbox.wait_for("document.querySelector('notify-bell').open")

    sizes = inbox.run(
        f"""{IN_BELL}
        const scroller = find(".scroller");
        const bottom = find(".panel").getBoundingClientRect().bottom;
        return [scroller.scrollHeight, scroller.clientHeight, bottom, innerHeight];"""
    )
    content, visible, bottom, window = sizes
    assert content > visible > 200
    assert bottom <= window


def test_a_push_appears_in_the_open_panel(person: Person, inbox: Page) -> None:
    click_bell(inbox)
    inbox.wait_for("document.querySelector('notify-bell').open")

    person.tell("Deploy finished")

    wait_for_unread(inbox, 1)
    assert rows_that_can_be_clicked(inbox) == ["Deploy finished"]


def test_the_keyboard_opens_it_walks_through_it_and_closes_it(person: Person, inbox: Page) -> None:
    person.tell("One")
    wait_for_unread(inbox, 1)
    focused = f"{IN_BELL} return bell.shadowRoot.activeElement?.getAttribute('part') ?? ''"
    inbox.run(f"{IN_BELL} find('.trigger').focus()")

    inbox.press("Enter")
    inbox.wait_for("document.querySelector('notify-bell').open")
    assert inbox.run(focused) == "title"
    inbox.press("ArrowDown")
    assert inbox.run(focused) == "item-title"
    inbox.press("Enter")
    wait_for_unread(inbox, 0)

    inbox.press("Escape")
    inbox.wait_for("!document.querySelector('notify-bell').open")
    assert inbox.run(focused) == "trigger"
