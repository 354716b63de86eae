"""A bell where no socket can be had: on a server without any, and behind what lets none through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import settle_in
from tests.browser.people import Person, bell, expect_unread, item, panel, trigger
from tests.proxy import Proxy
from tests.services import Redis
from tests.site import Site, WsgiServer, running_site

OpenBrowser = Callable[..., BrowserContext]

MINUTE = 60_000


class Traffic:
    """What a page asks of its server, from the first request on."""

    def __init__(self, page: Page) -> None:
        self.asked = 0
        self.answers: Counter[int] = Counter()
        self.handshakes = 0
        self.errors = 0
        page.on("request", lambda request: self._ask(request.url))
        page.on("response", lambda response: self._count(response.url, response.status))
        page.on("websocket", lambda _: self._shake_hands())
        page.on("console", lambda said: self._hear(said.type))

    @property
    def questions(self) -> int:
        """How often it has asked what is new."""
        return self.answers.total()

    def _ask(self, url: str) -> None:
        self.asked += "/api/sync/" in url

    def _count(self, url: str, status: int) -> None:
        if "/api/sync/" in url:
            self.answers[status] += 1

    def _shake_hands(self) -> None:
        self.handshakes += 1

    def _hear(self, kind: str) -> None:
        self.errors += kind == "error"


@pytest.fixture
def wsgi_site(shared_redis: Redis, tmp_path: Path) -> Iterator[Site]:
    """A site, not started yet, whose only server is to speak WSGI."""
    with running_site(tmp_path, shared_redis.url) as running:
        settle_in(running, tmp_path, "tests.browser.settings")
        yield running


def open_page(
    context: BrowserContext, url: str, name: str, path: str = "/page/"
) -> tuple[Page, Traffic]:
    """Sign in and open a page, by default that with the bell; its clock can be moved on."""
    page = context.new_page()
    page.goto(f"{url}/sign-in/{name}/")
    page.clock.install()
    traffic = Traffic(page)
    page.goto(f"{url}{path}")
    return page, traffic


def let_handshakes_fail(page: Page, wait: int, has_gone: Callable[[], bool]) -> None:
    """Move the clock on until the bell has given up the socket.

    Each handshake has the server's time, which is not the page's, until it `has_gone` as far as it
    goes.
    """
    while bell(page).get_attribute("data-status") != "polling":
        if has_gone():
            page.clock.fast_forward(wait)
        page.wait_for_timeout(50)


def ask_next(page: Page, traffic: Traffic, wait: int) -> None:
    """Move the clock on until the bell has asked what is new, and wait for the answer."""
    before = traffic.asked
    with page.expect_response("**/api/sync/**"):
        # At the first try, unless the bell has yet to take in the answer before.
        while traffic.asked == before:
            page.clock.fast_forward(wait)
            page.wait_for_timeout(50)


def turn(page: Page, *, hidden: bool) -> None:
    """Turn away from a page, or back to it."""
    page.evaluate(
        """(hidden) => {
          Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_on_a_server_without_sockets_the_bell_asks(
    wsgi_site: Site, context: BrowserContext
) -> None:
    wsgi_site.start(kind=WsgiServer)
    person = Person(wsgi_site, "alice")
    page, traffic = open_page(context, wsgi_site.url, person.name)
    let_handshakes_fail(page, 1_000, lambda: traffic.errors == traffic.handshakes)
    assert (traffic.handshakes, traffic.errors) == (5, 5)

    # What is new shows at the next question.
    person.tell("While somebody looks")
    ask_next(page, traffic, MINUTE)
    expect_unread(page, 1)

    # Who is not seen does not ask; who is seen again asks at once.
    turn(page, hidden=True)
    asked = traffic.questions
    person.tell("While nobody looks")
    page.clock.fast_forward(60 * MINUTE)
    assert traffic.questions == asked
    turn(page, hidden=False)
    expect_unread(page, 2)

    # What is not new costs no body, and no more questions than a few minutes have.
    traffic.answers.clear()
    for _ in range(10):
        ask_next(page, traffic, 6 * MINUTE)
    assert traffic.answers == {200: 1, 304: 9}

    # The panel says how it is, and its buttons work.
    trigger(page).click()
    expect(item(page, "While nobody looks")).to_be_visible()
    expect(panel(page).get_by_role("status").first).to_have_text(
        "Live updates are off. Checked every few minutes."
    )
    page.get_by_role("button", name="Mark as read: While somebody looks").click()
    expect_unread(page, 1)

    # Two hours have passed, with a handshake every five minutes of them at most.
    assert 5 < traffic.errors <= traffic.handshakes < 25


def test_a_site_that_says_it_has_no_socket_is_not_asked_for_one(
    wsgi_site: Site, context: BrowserContext
) -> None:
    wsgi_site.start(kind=WsgiServer, WEBSOCKET_PATH="")
    person = Person(wsgi_site, "alice")
    page, traffic = open_page(context, wsgi_site.url, person.name, "/toasts/")
    with page.expect_response("**/api/sync/**"):
        page.reload()
    expect(bell(page)).to_have_attribute("data-status", "polling")
    page.wait_for_load_state("networkidle")  # what it asks when it is opened is answered

    # The bell, its toasts and the title share one client, which asks for all of them.
    person.tell("Over HTTP")
    traffic.answers.clear()
    page.clock.fast_forward(6 * MINUTE)
    expect(page.locator("notify-toasts").get_by_text("Over HTTP")).to_be_visible()
    expect(page).to_have_title("(1) My site")
    assert traffic.answers == {200: 1}

    # The inbox page follows as well, and so does a list in a page.
    for path in ("/notifications/", "/inbox-in-a-page/"):
        with page.expect_response("**/api/sync/**"):
            page.goto(f"{wsgi_site.url}{path}")
        person.tell(f"While somebody is at {path}")
        page.clock.fast_forward(6 * MINUTE)
        expect(page.get_by_text(f"While somebody is at {path}")).to_be_visible()

    assert (traffic.handshakes, traffic.errors) == (0, 0)


def test_behind_a_firewall_the_bell_asks_until_its_socket_is_let_through(
    site: Site, person: Person, context: BrowserContext, open_browser: OpenBrowser
) -> None:
    elsewhere = person.sign_in(open_browser())
    with Proxy(site.servers[0].port) as firewall:
        firewall.swallow("(?i)upgrade: websocket", times=5)
        url = f"http://127.0.0.1:{firewall.port}"
        page, traffic = open_page(context, url, person.name)
        let_handshakes_fail(page, 11_000, lambda: firewall.lost == traffic.handshakes)
        person.tell("Over HTTP")
        for _ in range(3):
            ask_next(page, traffic, 72_000)  # the longest that a minute's wait may be
        expect_unread(page, 1)
        assert traffic.answers[304] == 1
        trigger(page).click()
        page.get_by_role("button", name="Mark as read: Over HTTP").click()
        expect_unread(elsewhere, 0)

        page.clock.fast_forward(6 * MINUTE)
        expect(bell(page)).to_have_attribute("data-status", "open")

        asked = traffic.questions
        person.tell("Over the socket")
        expect_unread(page, 1)
        assert traffic.questions == asked
        assert (firewall.lost, traffic.handshakes) == (5, 6)
