"""Pushes in a real browser: asked for by a click, shown by the service worker, clicked."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from realtime_notify.media.webpush import vapid
from tests.browser.people import LISTEN, Person, expect_unread, violations
from tests.browser.push import Delivery, replace_push_service
from tests.browser.settings import REALTIME_NOTIFY
from tests.browser.test_accessibility import expect_fine
from tests.push_service import FakeBrowser, PushService, running_push_service
from tests.site import Site

OpenBrowser = Callable[..., BrowserContext]

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"
WITHOUT = "delete window.PushManager;"
BLOCKED = "Object.defineProperty(Notification, 'permission', { get: () => 'denied' });"


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with running_push_service(vapid._public_key(REALTIME_NOTIFY["VAPID_PRIVATE_KEY"])) as running:
        yield running


@pytest.fixture
def far_away(service: PushService) -> FakeBrowser:
    """What the push service knows of the browser."""
    return service.browser()


@pytest.fixture
def context(open_browser: OpenBrowser, far_away: FakeBrowser) -> BrowserContext:
    """A browser whose owner allows notifications when asked."""
    context = open_browser(permissions=["notifications"])
    replace_push_service(context, far_away)
    return context


def switch(page: Page) -> Locator:
    return page.locator("notify-push")


def sign_in(person: Person, context: BrowserContext) -> Page:
    """Open the page with the switch, in a browser of theirs."""
    page = context.new_page()
    page.goto(f"{person.site.url}/sign-in/{person.name}/")
    page.add_init_script(LISTEN)
    page.goto(f"{person.site.url}/push-page/")
    return page


def turn_on(page: Page) -> None:
    expect(switch(page)).to_have_attribute("data-state", "off")
    page.get_by_role("button", name="Turn on").click()
    expect(switch(page)).to_have_attribute("data-state", "on")


def push(person: Person, browser: FakeBrowser) -> dict[str, Any]:
    """Have the site push what is newest, and return what reaches the browser."""
    urllib.request.urlopen(f"{person.site.url}/push/{person.name}/", b"", timeout=30).close()
    return browser.got[-1].payload


def test_a_push_is_shown_with_the_number_of_what_is_unread_and_a_click_marks_it_read(
    person: Person, context: BrowserContext, far_away: FakeBrowser
) -> None:
    page = sign_in(person, context)
    turn_on(page)
    delivery = Delivery(page)
    person.tell("Earlier")
    person.tell("Tea is ready", description="In the kitchen", url="/posts/1/")

    payload = push(person, far_away)
    delivery.deliver(payload)

    [shown] = delivery.shown()
    assert shown["tag"] == payload["notification"]["tag"]
    assert (shown["title"], shown["body"]) == ("Tea is ready", "In the kitchen")
    assert (shown["lang"], shown["dir"]) == ("en", "ltr")
    assert delivery.badges == [2]
    delivery.click()
    delivery.expect_none()
    [address] = delivery.opened
    page.goto(address)
    expect(page).to_have_url(f"{person.site.url}/posts/1/")
    expect_unread(person.open_tab(context), 1)
    assert violations(page) == []


def test_a_click_leads_to_the_page_that_is_open_already_and_marks_it_read(
    person: Person, context: BrowserContext, far_away: FakeBrowser
) -> None:
    page = sign_in(person, context)
    turn_on(page)
    delivery = Delivery(page)
    person.tell("Look here", url="/page/")
    bell = person.open_tab(context)
    expect_unread(bell, 1)

    delivery.deliver(push(person, far_away))
    delivery.click()

    expect_unread(bell, 0)
    assert delivery.opened == []


def test_a_push_that_repeats_another_takes_its_place(
    person: Person, context: BrowserContext, far_away: FakeBrowser
) -> None:
    page = sign_in(person, context)
    turn_on(page)
    delivery = Delivery(page)

    for message in ("First", "Second"):
        person.tell(message)
        delivery.deliver(push(person, far_away))

    assert [shown["title"] for shown in delivery.shown()] == ["Second"]


@pytest.mark.parametrize("payload", ["", "no JSON", "null", "[]", '{"notification": 7}'])
def test_whatever_is_pushed_something_is_shown(
    person: Person, context: BrowserContext, payload: str
) -> None:
    page = sign_in(person, context)
    turn_on(page)
    delivery = Delivery(page)

    delivery.deliver(payload)

    [shown] = delivery.shown()
    assert shown["title"] == "127.0.0.1"
    delivery.click()
    assert delivery.opened == [f"{person.site.url}/notifications/"]


def test_nobody_is_asked_before_a_click(
    person: Person, context: BrowserContext, service: PushService
) -> None:
    context.add_init_script("Notification.requestPermission = () => { window.asked = true; };")
    page = sign_in(person, context)

    expect(switch(page)).to_contain_text("Your browser will ask for permission first.")

    assert page.evaluate("window.asked") is None
    assert context.service_workers == [], "nothing is installed before it is asked for"


def test_pushes_can_be_turned_off_again(
    person: Person, context: BrowserContext, far_away: FakeBrowser
) -> None:
    page = sign_in(person, context)
    turn_on(page)
    page.reload()
    expect(switch(page)).to_have_attribute("data-state", "on")

    page.get_by_role("button", name="Turn off").click()

    expect(switch(page)).to_have_attribute("data-state", "off")
    assert browsers(page) == []
    page.reload()
    expect(switch(page)).to_have_attribute("data-state", "off")


def browsers(page: Page) -> list[Any]:
    """Return the browsers that the server pushes to, for whoever is signed in."""
    address = "/notifications/api/push/"
    found: list[Any] = page.evaluate(
        f"async () => (await (await fetch('{address}')).json()).browsers"
    )
    return found


def test_after_signing_out_the_same_account_has_its_pushes_back(
    person: Person, context: BrowserContext
) -> None:
    page = sign_in(person, context)
    turn_on(page)
    page.goto(f"{person.site.url}/sign-out/")
    page.goto(f"{person.site.url}/sign-in/{person.name}/")
    assert browsers(page) == []

    page.goto(f"{person.site.url}/push-page/")

    expect(switch(page)).to_have_attribute("data-state", "on")
    assert len(browsers(page)) == 1


def test_another_account_in_the_same_browser_starts_without_pushes(
    person: Person, site: Site, context: BrowserContext
) -> None:
    page = sign_in(person, context)
    turn_on(page)
    other = Person(site, f"{person.name}-other")

    page = sign_in(other, context)

    expect(switch(page)).to_have_attribute("data-state", "off")
    assert browsers(page) == []
    page.goto(f"{person.site.url}/sign-in/{person.name}/")
    assert browsers(page) == []


def test_a_site_that_changes_its_key_subscribes_the_browser_again(
    person: Person, context: BrowserContext
) -> None:
    page = sign_in(person, context)
    turn_on(page)
    page.evaluate("localStorage.setItem('push-service', btoa('an older key'))")

    page.reload()

    expect(switch(page)).to_have_attribute("data-state", "on")
    key = page.evaluate("localStorage.getItem('push-service')")
    expected = vapid._public_key(REALTIME_NOTIFY["VAPID_PRIVATE_KEY"])
    assert key.rstrip("=").replace("+", "-").replace("/", "_") == expected


STATES: dict[str, tuple[dict[str, Any], str]] = {
    "off": ({}, ""),
    "on": ({}, ""),
    "blocked": ({}, BLOCKED),
    "unsupported": ({}, WITHOUT),
    "install": ({"user_agent": IPHONE}, WITHOUT),
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_says_what_it_means_and_axe_finds_nothing(
    person: Person, open_browser: OpenBrowser, far_away: FakeBrowser, state: str
) -> None:
    options, script = STATES[state]
    context = open_browser(permissions=["notifications"], **options)
    replace_push_service(context, far_away)
    if script:
        context.add_init_script(script)
    page = sign_in(person, context)
    if state == "on":
        turn_on(page)

    expect(switch(page)).to_have_attribute("data-state", state)
    expect(switch(page).get_by_role("button")).to_be_visible(visible=state in ("on", "off"))
    expect_fine(page, state)


def test_what_fails_says_so_and_can_be_tried_again(person: Person, context: BrowserContext) -> None:
    page = sign_in(person, context)
    expect(switch(page)).to_have_attribute("data-state", "off")
    page.route("**/api/push/", lambda route: route.abort())

    page.get_by_role("button", name="Turn on").click()

    expect(switch(page).get_by_role("alert")).to_have_text("That did not work. Please try again.")
    expect(switch(page)).to_have_attribute("data-state", "off")
    page.unroute("**/api/push/")
    turn_on(page)
    expect(switch(page).get_by_role("alert")).to_be_hidden()
