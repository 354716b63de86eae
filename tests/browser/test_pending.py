"""What somebody does shows at once, whatever becomes of the server, and can be taken back."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.people import Person, bell, expect_unread, item, panel, trigger
from tests.site import Site

OpenBrowser = Callable[..., BrowserContext]

QUEUES = "Object.keys(localStorage).filter((name) => name.startsWith('realtime-notify'))"
PENDING = "document.querySelector('notify-bell').client.state.pending"


def sign_in_with(person: Person, context: BrowserContext, message: str, count: int) -> Page:
    """Open a page with notifications, and the panel."""
    page = person.sign_in(context)
    person.tell(message, times=count)
    expect_unread(page, count)
    open_panel(page, count)
    return page


def open_panel(page: Page, count: int) -> None:
    trigger(page).click()
    expect(panel(page).get_by_role("listitem")).to_have_count(count)


def act(page: Page, action: str, title: str) -> None:
    """Press a button of a row."""
    row = item(page, title)
    row.hover()
    row.get_by_role("button", name=f"{action}: {title}").click()


def pending(page: Page) -> int:
    """Return how many operations the server has not confirmed."""
    count: int = page.evaluate(PENDING)
    return count


def expect_delivered(page: Page) -> None:
    """Expect the server to have confirmed everything, and nothing to be kept."""
    page.wait_for_function(f"() => {PENDING} === 0")
    assert page.evaluate(QUEUES) == []


def test_marks_show_while_the_server_is_stuck_and_outlive_it_and_the_page(
    own_site: Site, context: BrowserContext, open_browser: OpenBrowser
) -> None:
    person = Person(own_site, "patient")
    [server] = own_site.servers
    page = sign_in_with(person, context, "News #", 4)

    expect_delivered(page)  # that the list has been seen
    os.kill(server.pid, signal.SIGSTOP)
    act(page, "Mark as read", "News 4")
    act(page, "Archive", "News 3")
    expect(item(page, "News 3")).to_have_count(0)
    expect_unread(page, 2)
    assert pending(page) == 2

    server.kill()
    expect(bell(page)).not_to_have_attribute("data-status", "open")
    act(page, "Archive", "News 2")
    expect_unread(page, 1)
    page.close()
    server.start()

    page = person.open_tab(context)
    expect_unread(page, 1)
    expect_delivered(page)
    elsewhere = person.sign_in(open_browser())
    expect_unread(elsewhere, 1)
    open_panel(elsewhere, 2)


def test_what_the_server_refuses_is_undone_and_said(
    person: Person, context: BrowserContext
) -> None:
    page = sign_in_with(person, context, "News #", 2)
    page.evaluate("document.querySelector('notify-bell').setAttribute('socket', 'off')")
    expect(bell(page)).to_have_attribute("data-status", "polling")
    context.clear_cookies(name="csrftoken")

    with page.expect_response("**/api/archive/") as refused:
        act(page, "Archive", "News 1")

    assert refused.value.status == 403
    expect(panel(page).get_by_role("alert")).to_contain_text("did not work")
    expect(panel(page).get_by_role("listitem")).to_have_count(2)
    expect_unread(page, 2)
    assert page.evaluate(QUEUES) == []


def test_undo_by_mouse_and_by_keyboard(
    person: Person, context: BrowserContext, open_browser: OpenBrowser
) -> None:
    page = sign_in_with(person, context, "News #", 3)
    elsewhere = person.sign_in(open_browser())

    act(page, "Archive", "News 2")
    expect(panel(page).get_by_text("Archived.")).to_be_visible()
    expect_unread(elsewhere, 2)
    panel(page).get_by_role("button", name="Undo").click()
    expect(item(page, "News 2")).to_be_visible()
    expect_unread(elsewhere, 3)

    page.keyboard.press("e")
    expect(item(page, "News 2")).to_have_count(0)
    page.keyboard.press("z")
    expect(item(page, "News 2").locator(":focus")).to_have_count(1)

    panel(page).get_by_role("button", name="Mark all read").focus()
    page.keyboard.press("Enter")
    expect_unread(elsewhere, 0)
    panel(page).get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect_unread(elsewhere, 3)
    expect_delivered(page)
    assert person.problems == []


def test_a_deletion_leaves_with_the_page_that_offered_to_undo_it(
    person: Person, context: BrowserContext, open_browser: OpenBrowser
) -> None:
    page = sign_in_with(person, context, "News #", 3)
    elsewhere = person.sign_in(open_browser())
    open_panel(elsewhere, 3)
    expect_delivered(page)  # that the list has been seen
    item(page, "News 2").get_by_role("button", name="Archive").focus()
    page.keyboard.press("Delete")
    expect(panel(page).get_by_text("Deleted.")).to_be_visible()
    expect_unread(page, 2)
    assert pending(page) == 1

    page.goto(f"{person.site.url}/ready/")

    expect(item(elsewhere, "News 2")).to_have_count(0)
    expect_unread(elsewhere, 2)


@pytest.fixture
def bert(site: Site, person: Person) -> Person:
    """Somebody else who uses the same computer."""
    return Person(site, f"{person.name}-bert")


def test_what_one_account_left_behind_never_reaches_the_next(
    person: Person, bert: Person, context: BrowserContext, open_browser: OpenBrowser
) -> None:
    elsewhere = sign_in_with(bert, open_browser(), "For Bert #", 9)
    page = sign_in_with(person, context, "For Anna #", 3)
    context.set_offline(True)
    expect(bell(page)).to_have_attribute("data-status", "offline")
    page.get_by_role("button", name="Mark all read").click()
    expect_unread(page, 0)
    assert len(page.evaluate(QUEUES)) == 1
    page.close()
    context.set_offline(False)

    left = bert.sign_in(context)
    open_panel(left, 9)

    expect_delivered(left)
    expect_unread(left, 9)
    expect_unread(elsewhere, 9)
    expect_unread(person.sign_in(open_browser()), 3)
