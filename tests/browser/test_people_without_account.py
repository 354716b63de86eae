"""The pages for people without an account, as a browser shows them, in every look."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import expect_fine
from tests.site import Site

SUBSCRIBED = """
from realtime_notify import subscribe
from realtime_notify.models import NotificationType
from realtime_notify.subscriptions import unsubscribe_url
NotificationType.objects.get_or_create(key="blog/new", label="New posts")
subscribe("ann@example.com", "blog/other")
print(unsubscribe_url(subscribe("ann@example.com", "blog/new")))
"""


def expect_page(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    expect_fine(page, heading)


def test_subscribing_and_unsubscribing(site: Site, page: Page) -> None:
    link = site.manage("shell", "-c", SUBSCRIBED).strip().splitlines()[-1]
    page.goto(f"{site.url}/notifications/subscribe/?key=blog/new")
    expect_page(page, "Subscribe by e-mail")
    field = page.get_by_label("E-mail address")
    field.fill("ann@nowhere")  # fine for a browser
    field.press("Enter")
    expect(field).to_have_accessible_description("Enter a valid email address.")
    expect_page(page, "Subscribe by e-mail")
    page.goto(f"{site.url}/notifications/confirm/nothing/")
    expect_page(page, "This link does not work")

    page.goto(f"{site.url}{link}")
    expect_page(page, "Unsubscribe?")
    page.get_by_role("button", name="Unsubscribe", exact=True).click()
    expect_page(page, "Unsubscribed")
    page.get_by_role("button", name="Undo").click()
    expect_page(page, "Subscribed again")
    page.goto(f"{site.url}{link}")
    page.get_by_role("button", name="Unsubscribe from everything").click()
    expect_page(page, "Unsubscribed")
    page.goto(f"{site.url}{link}")
    expect_page(page, "You are unsubscribed already")
