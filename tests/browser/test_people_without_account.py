"""The pages for people without an account, as a browser shows them, in every look."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_accessibility import LOOKS, complaints
from tests.site import Site

SUBSCRIBED = """
from realtime_notify import subscribe
from realtime_notify.models import NotificationType
from realtime_notify.subscriptions import unsubscribe_url
NotificationType.objects.get_or_create(key="blog/new", label="New posts")
subscribe("ann@example.com", "blog/other")
print(unsubscribe_url(subscribe("ann@example.com", "blog/new")))
"""


@pytest.fixture
def link(site: Site) -> str:
    """The path of the link with which somebody unsubscribes."""
    return site.manage("shell", "-c", SUBSCRIBED).strip().splitlines()[-1]


def expect_fine(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert complaints(page) == [], heading
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), heading


@pytest.mark.parametrize("look", LOOKS)
def test_subscribing_and_unsubscribing(
    site: Site, link: str, open_browser: Callable[..., BrowserContext], look: str
) -> None:
    page = open_browser(**LOOKS[look]).new_page()
    page.goto(f"{site.url}/notifications/subscribe/?key=blog/new")
    expect_fine(page, "Subscribe by e-mail")
    field = page.get_by_label("E-mail address")
    field.fill("ann@nowhere")  # fine for a browser
    field.press("Enter")
    expect(field).to_have_accessible_description("Enter a valid email address.")
    expect_fine(page, "Subscribe by e-mail")
    page.goto(f"{site.url}/notifications/confirm/nothing/")
    expect_fine(page, "This link does not work")

    page.goto(f"{site.url}{link}")
    expect_fine(page, "Unsubscribe?")
    page.get_by_role("button", name="Unsubscribe", exact=True).click()
    expect_fine(page, "Unsubscribed")
    page.get_by_role("button", name="Undo").click()
    expect_fine(page, "Subscribed again")
    page.goto(f"{site.url}{link}")
    page.get_by_role("button", name="Unsubscribe from everything").click()
    expect_fine(page, "Unsubscribed")
    page.goto(f"{site.url}{link}")
    expect_fine(page, "You are unsubscribed already")
