"""The bell in a page that has styles of its own."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.people import Person, bell, come_to_rest, expect_unread, item, trigger

# Inherited, and at home in the headers of pages.
TEXT_STYLES = {
    "cursor": "move",
    "font-size": "30px",
    "font-style": "italic",
    "font-variant": "small-caps",
    "font-weight": "900",
    "hyphens": "auto",
    "letter-spacing": "4px",
    "line-height": "3",
    "list-style": "square",
    "overflow-wrap": "break-word",
    "text-align": "center",
    "text-indent": "20px",
    "text-shadow": "1px 1px red",
    "text-transform": "uppercase",
    "user-select": "none",
    "white-space": "nowrap",
    "word-break": "break-all",
    "word-spacing": "9px",
}

LOOK = """(bell) => Object.fromEntries(
  [".trigger", ".badge", ".panel", "h2", ".mark-all", ".item-title", ".meta"].flatMap((part) => {
    const style = getComputedStyle(bell.shadowRoot.querySelector(part));
    return [...style].map((name) => [`${part} ${name}`, style[name]]);
  }),
)"""


def look(page: Page) -> dict[str, str]:
    """Return every computed style of the bell and of the parts of its open panel."""
    come_to_rest(page)
    found: dict[str, str] = bell(page).evaluate(LOOK)
    # Where things are follows from where the bell is, which is the page's affair.
    places = ("inset", "left", "right", "top", "bottom", "position-area", "origin")
    return {name: value for name, value in found.items() if not any(map(name.__contains__, places))}


def style(page: Page, selector: str, styles: dict[str, str]) -> None:
    """Style elements of the page in a way that its security policy allows."""
    page.evaluate(
        """([selector, styles]) => {
          for (const element of document.querySelectorAll(selector))
            for (const [name, value] of Object.entries(styles))
              element.style.setProperty(name, value);
        }""",
        [selector, styles],
    )


def open_with_one_item(person: Person, context: BrowserContext) -> Page:
    """Open the panel of a person with one notification."""
    page = person.sign_in(context)
    person.tell("A title with several words", description="And a sentence.")
    expect_unread(page, 1)
    trigger(page).click()
    expect(item(page, "A title with several words")).to_be_visible()
    return page


@pytest.mark.parametrize("selector", ["header", "header, notify-bell"])
def test_text_styles_of_the_page_stay_outside(
    person: Person, context: BrowserContext, selector: str
) -> None:
    page = open_with_one_item(person, context)
    before = look(page)

    style(page, selector, TEXT_STYLES)

    changed = {name: value for name, value in look(page).items() if value != before[name]}
    assert changed == {}


def test_the_font_of_the_page_and_its_direction_are_the_bells(
    person: Person, context: BrowserContext
) -> None:
    page = open_with_one_item(person, context)

    style(page, "header", {"font-family": "monospace"})
    page.evaluate("document.querySelector('header').dir = 'rtl'")

    after = look(page)
    assert after[".item-title font-family"] == "monospace"
    assert after[".item-title direction"] == "rtl"


DARK: dict[str, Any] = {"background-color": "rgb(17, 17, 17)", "color": "rgb(238, 238, 238)"}


def test_the_bell_has_the_text_colour_of_its_header_and_the_panel_that_of_the_page(
    person: Person, context: BrowserContext
) -> None:
    page = open_with_one_item(person, context)
    before = look(page)

    style(page, "header", DARK)

    after = look(page)
    assert after[".trigger color"] == DARK["color"]
    for name in (".panel color", ".panel background-color", ".item-title color", ".badge color"):
        assert after[name] == before[name]
