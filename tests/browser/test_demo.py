"""The demo, as somebody meets it who has just typed `make run`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from playwright.sync_api import BrowserContext, Page, ViewportSize, expect

from tests.browser.demo_site import demo
from tests.browser.people import LISTEN, expect_unread, item, trigger, violations
from tests.browser.test_accessibility import DESK, PHONE, complaints, expect_fine
from tests.site import Site

__all__ = ["demo"]

OpenBrowser = Callable[..., BrowserContext]

LIGHT_AND_DARK: tuple[tuple[ViewportSize, Literal["light", "dark"]], ...] = (
    (DESK, "light"),
    (PHONE, "dark"),
)


def come_in(demo: Site, context: BrowserContext, name: str) -> Page:
    """Sign in by the one click on the front page."""
    page = context.new_page()
    page.add_init_script(LISTEN)
    page.goto(demo.url)
    page.get_by_role("button", name=f"Sign in as {name}").click()
    expect(page.locator("notify-bell")).to_have_attribute("data-status", "open")
    return page


def test_what_alice_sends_bob_sees_at_once(demo: Site, open_browser: OpenBrowser) -> None:
    alice = come_in(demo, open_browser(), "alice")
    bob = come_in(demo, open_browser(), "bob")
    before = int(bob.locator("notify-bell").get_attribute("data-unread") or "0")

    alice.get_by_role("radio", name="bob").check(force=True)
    alice.get_by_label("Text").fill("The kettle is on")
    alice.get_by_role("button", name="Send").click()

    expect_unread(bob, before + 1)
    trigger(bob).click()
    expect(item(bob, "The kettle is on")).to_contain_text("alice")
    expect(bob.locator("#frames li").first).to_be_visible()
    assert violations(alice) == violations(bob) == []


def test_the_terminal_reaches_the_open_page(demo: Site, open_browser: OpenBrowser) -> None:
    carol = come_in(demo, open_browser(), "carol")

    options = ["--url", "/x", "--level", "success", "--data", '{"k": 1}']
    demo.manage("notify", "demo/hello", "Deploy finished", "--to", "carol", *options)

    trigger(carol).click()
    expect(item(carol, "Deploy finished").get_by_text("Success")).to_be_visible()


def test_axe_finds_nothing_on_the_pages_and_nothing_sticks_out(
    demo: Site, context: BrowserContext
) -> None:
    page = come_in(demo, context, "alice")
    for viewport, scheme in LIGHT_AND_DARK:
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=scheme)
        assert complaints(page) == [], scheme

    for address in ("", "preferences/", "unsubscribe/nothing/"):
        page.goto(f"{demo.url}/notifications/{address}")
        expect_fine(page, address)


def test_a_choice_is_made_by_boxes_and_buttons_alone(demo: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(java_script_enabled=False)
    page = context.new_page()
    page.goto(demo.url)
    page.get_by_role("button", name="Sign in as bob").click()
    page.get_by_role("link", name="Choose what you hear of.").click()

    page.get_by_role("checkbox", name="Comment: E-mail").uncheck()
    page.get_by_role("button", name="Subscribe: Alarm", exact=True).click()

    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Comment: E-mail")).not_to_be_checked()
    page.get_by_role("list", name="Your subscriptions").get_by_role(
        "button", name="Unsubscribe: Alarm"
    ).click()
    expect(page.get_by_role("button", name="Subscribe: Alarm", exact=True)).to_be_visible()
