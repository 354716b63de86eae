"""The element in a page that is parsed, changed and cached by the browser itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.people import Person, bell, expect_unread, panel, trigger

OpenBrowser = Callable[..., BrowserContext]

COUNT_EVENTS = """
  window.dispatched = [];
  for (const name of ["notify-received", "notify-unread-change"]) {
    document.addEventListener(name, (event) => {
      dispatched.push([name, event.target.isConnected]);
    }, true);
  }
"""


# Whether a bell is open, once it has been told of everything that has happened.
OPENED = """async (bell) => {
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return [bell.open, bell.hasAttribute("data-open"), opened];
}"""


def dispatched(page: Page) -> list[Any]:
    """Return the events of bells since COUNT_EVENTS, each with whether its bell was connected."""
    events: list[Any] = page.evaluate("dispatched")
    return events


def test_a_bell_of_the_page_dispatches_each_event_once(
    person: Person, context: BrowserContext
) -> None:
    page = person.sign_in(context)
    page.evaluate(COUNT_EVENTS)

    person.tell("Once")
    expect_unread(page, 1)

    assert sorted(dispatched(page)) == [["notify-received", True], ["notify-unread-change", True]]


def test_a_bell_inserted_as_markup_dispatches_each_event_once(
    person: Person, open_browser: OpenBrowser
) -> None:
    # The page's own policy forbids markup from strings.
    page = person.sign_in(open_browser(bypass_csp=True))
    page.evaluate(
        """() => {
          const header = document.querySelector("header");
          header.innerHTML = header.innerHTML;
        }"""
    )
    expect(bell(page)).to_have_attribute("data-status", "open")
    page.evaluate(COUNT_EVENTS)

    person.tell("Once")
    expect_unread(page, 1)

    assert sorted(dispatched(page)) == [["notify-received", True], ["notify-unread-change", True]]


def test_a_removed_bell_dispatches_nothing_more(person: Person, context: BrowserContext) -> None:
    page = person.sign_in(context)
    page.evaluate(
        """() => {
          const removed = document.querySelector("notify-bell");
          window.late = [];
          for (const name of ["notify-received", "notify-unread-change"])
            removed.addEventListener(name, () => late.push(name));
          const other = removed.cloneNode(true);
          removed.replaceWith(other);
        }"""
    )
    expect(bell(page)).to_have_attribute("data-status", "open")

    person.tell("Too late")
    expect_unread(page, 1)

    assert page.evaluate("late") == []


def test_a_bell_removed_while_it_opens_is_closed(person: Person, context: BrowserContext) -> None:
    page = person.sign_in(context)
    removed = bell(page).element_handle()

    removed.evaluate(
        """(bell) => {
          window.opened = 0;
          bell.addEventListener("notify-open", () => { opened += 1; });
          bell.show();
          bell.remove();
        }"""
    )
    page.wait_for_function("bell => bell.shadowRoot.querySelector('.panel')", arg=removed)
    assert removed.evaluate(OPENED) == [False, False, 0], "removed while its panel was loaded"

    removed.evaluate(
        """(bell) => {
          document.body.append(bell);
          bell.show();
          bell.remove();
        }"""
    )
    assert removed.evaluate(OPENED) == [False, False, 0], "removed while its panel opened"


def test_a_clone_of_an_open_bell_is_closed_and_marks_nothing_as_seen(
    person: Person, context: BrowserContext
) -> None:
    page = person.sign_in(context)
    trigger(page).click()
    expect(panel(page)).to_be_visible()

    page.evaluate(
        """() => {
          const open = document.querySelector("notify-bell");
          open.replaceWith(open.cloneNode(true));
        }"""
    )
    expect(bell(page)).to_have_attribute("data-status", "open")
    person.tell("Unseen")
    expect_unread(page, 1)

    page.wait_for_timeout(700)
    assert bell(page).evaluate("bell => [bell.open, bell.hasAttribute('data-open')]") == [
        False,
        False,
    ]
    assert bell(page).evaluate("bell => bell.client.state.unseen") == 1


@pytest.mark.parametrize(
    "lacks",
    [
        "delete HTMLElement.prototype.popover",
        """const supports = CSS.supports;
        CSS.supports = (...what) => !String(what).includes("light-dark") && supports(...what)""",
    ],
    ids=["popover", "light-dark()"],
)
def test_in_a_browser_too_old_for_it_the_fallback_link_stays_and_works(
    person: Person, context: BrowserContext, lacks: str
) -> None:
    page = person.sign_in(context)
    person.tell("Read me")
    expect_unread(page, 1)
    page.add_init_script(lacks)
    page.reload()

    page.get_by_role("link", name="Notifications (1)").click()

    page.wait_for_url("**/notifications/")
    expect(page.get_by_text("Read me")).to_be_visible()
    assert person.problems == []
