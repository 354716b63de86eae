"""Many tabs of one browser: one socket, and nothing lost or doubled when its tab goes."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator

from playwright.sync_api import BrowserContext, Error, Page, expect

from tests.browser.people import Person, bell, expect_unread, trigger
from tests.proxy import Proxy
from tests.site import Site

OpenBrowser = Callable[..., BrowserContext]

# Keeps the revisions at which things arrived in a page, each as often as it is told of.
KEEP_ARRIVALS = """
  window.arrivals = [];
  document.addEventListener("notify-received", ({ detail }) => {
    arrivals.push(...detail.items.map((item) => item.seq).reverse());
  });
"""


# Makes a page ask five times as often whether the leader is there. A clock of the driver's would
# run in all tabs of the browser.
HURRY = """
  const start = setInterval;
  window.setInterval = (run, wait) => start(run, wait / 5);
"""

# Keeps a page busy until another sets a cookie. There is nothing else that it would notice.
BE_STUCK = """
  setTimeout(() => {
    const end = Date.now() + 60_000;
    while (Date.now() < end && !document.cookie.includes("go-on"));
  })
"""


class Tabs:
    """The tabs of a browser, and the sockets that each has opened."""

    def __init__(self, person: Person, context: BrowserContext) -> None:
        self.person = person
        self.opened: list[Page] = []
        context.on("page", lambda page: page.on("websocket", lambda _: self.opened.append(page)))
        context.add_init_script(KEEP_ARRIVALS)

    @property
    def leader(self) -> Page:
        """The tab that opened the newest socket."""
        return self.opened[-1]

    def expect_new_leader(self, before: Page, among: list[Page]) -> Page:
        """Wait until another tab has opened a socket."""
        deadline = time.monotonic() + 20
        while self.leader is before:
            assert time.monotonic() < deadline, "No tab has taken over."
            next(page for page in among if page is not before).wait_for_timeout(20)
        return self.leader


def sockets_at_server(person: Person) -> int:
    """Return how many sockets the server has of somebody."""
    with urllib.request.urlopen(f"{person.site.url}/sockets/{person.name}/") as response:
        count: int = json.load(response)["open"]
    return count


def expect_sockets_at_server(person: Person, count: int) -> None:
    """Wait until the server has so many sockets of somebody."""
    deadline = time.monotonic() + 20
    while (found := sockets_at_server(person)) != count:
        assert time.monotonic() < deadline, f"The server has {found} sockets, not {count}."
        time.sleep(0.05)


@contextlib.contextmanager
def stream(person: Person) -> Iterator[list[int]]:
    """Notify somebody ten times a second; what is yielded grows with each."""
    told: list[int] = []
    enough = threading.Event()

    def tell() -> None:
        while not enough.wait(0.1):
            person.tell(f"Number {len(told)}")
            told.append(len(told))

    thread = threading.Thread(target=tell)
    thread.start()
    try:
        yield told
    finally:
        enough.set()
        thread.join()


def expect_all(page: Page, count: int) -> None:
    """Expect a page to have heard of every notification, in order and once."""
    expect_unread(page, count)
    arrivals: list[int] = page.evaluate("window.arrivals")
    assert arrivals == sorted(set(arrivals))
    assert len(arrivals) == count


def crash(page: Page) -> None:
    """Crash a page, as when memory runs out."""
    with page.expect_event("crash"), contextlib.suppress(Error):
        page.goto("chrome://crash", timeout=5_000)


def tell_lifecycle(page: Page, event: str) -> None:
    """Tell a page that it is frozen or resumed. Chromium freezes no page that a driver shows."""
    page.evaluate("(name) => document.dispatchEvent(new Event(name))", event)


def look_at(page: Page) -> None:
    """Come back to a tab."""
    page.bring_to_front()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_the_next_tab_takes_over_while_notifications_stream_in(
    person: Person, open_browser: OpenBrowser
) -> None:
    context = open_browser()
    tabs = Tabs(person, context)
    pages = [person.sign_in(context), *(person.open_tab(context) for _ in range(3))]
    assert tabs.opened == [pages[0]]
    expect_sockets_at_server(person, 1)

    with stream(person) as told:
        frozen = tabs.leader
        tell_lifecycle(frozen, "freeze")
        pages.remove(frozen)
        crashed = tabs.expect_new_leader(frozen, pages)
        crash(crashed)
        pages.remove(crashed)
        closed = tabs.expect_new_leader(crashed, pages)
        pages.remove(closed)
        closed.close()
        assert tabs.expect_new_leader(closed, pages) is pages[0]
        tell_lifecycle(frozen, "resume")
        enough = len(told) + 3
        while len(told) < enough:
            pages[0].wait_for_timeout(20)

    for page in (pages[0], frozen):
        expect_all(page, len(told))
    expect_sockets_at_server(person, 1)
    assert len(tabs.opened) == 4
    assert not person.problems


def test_a_tab_that_is_stuck_loses_the_lead_to_one_that_somebody_looks_at(
    person: Person, open_browser: OpenBrowser
) -> None:
    context = open_browser()
    tabs = Tabs(person, context)
    stuck = person.sign_in(context)
    watched = context.new_page()
    watched.add_init_script(HURRY)
    person.visit(watched)
    assert tabs.opened == [stuck]

    stuck.evaluate(BE_STUCK)
    person.tell("While it is stuck")

    expect_all(watched, 1)
    assert tabs.leader is watched
    watched.evaluate("document.cookie = 'go-on=1'")
    person.tell("Afterwards")
    for page in (watched, stuck):
        expect_all(page, 2)
    expect_sockets_at_server(person, 1)


def test_a_connection_that_died_silently_is_replaced_and_all_tabs_catch_up(
    own_site: Site, open_browser: OpenBrowser
) -> None:
    own_site.servers[0].restart(PING_INTERVAL="0.5")
    person = Person(own_site, "alice")
    context = open_browser()
    tabs = Tabs(person, context)
    with Proxy(own_site.servers[0].port) as firewall:
        url = f"http://127.0.0.1:{firewall.port}"
        pages = [context.new_page() for _ in range(3)]
        context.clock.install()
        pages[0].goto(f"{url}/sign-in/alice/")
        for page in pages:
            page.goto(f"{url}/page/")
            expect(bell(page)).to_have_attribute("data-status", "open")
        person.tell("Before")
        for page in pages:
            expect_unread(page, 1)

        firewall.forget()
        person.tell("Lost on the way, one")
        person.tell("Lost on the way, two")
        expect_sockets_at_server(person, 0)  # which has waited for answers to its heartbeats
        for page in pages:
            expect(bell(page)).to_have_attribute("data-status", "open")
        context.clock.fast_forward(12_000)  # longer than the leader waits for a heartbeat

        for page in pages:
            expect_all(page, 3)
        person.tell("Afterwards")
        for page in pages:
            expect_all(page, 4)
        assert tabs.opened == [pages[0], pages[0]]
        expect_sockets_at_server(person, 1)


def test_signing_out_reaches_all_tabs_and_so_does_the_next_who_signs_in(
    person: Person, site: Site, open_browser: OpenBrowser
) -> None:
    anna, bert = person, Person(site, f"{person.name}-bert")
    context = open_browser()
    tabs = Tabs(anna, context)
    pages = [anna.sign_in(context), anna.open_tab(context), anna.open_tab(context)]
    anna.tell("For Anna")
    bert.sign_in(open_browser())
    bert.tell("For Bert #", times=9)
    other = context.new_page()

    other.goto(f"{site.url}/sign-out/")
    for page in pages:
        expect(bell(page)).to_have_attribute("data-status", "closed")
        expect_unread(page, 0)
    other.wait_for_timeout(1500)  # in which a browser that does not give up comes back
    assert len(tabs.opened) == 1

    pages.append(anna.sign_in(context))
    for page in pages:
        expect_unread(page, 1)
    assert len(tabs.opened) == 2
    expect_sockets_at_server(anna, 1)

    other.goto(f"{site.url}/sign-out/")
    berts = bert.sign_in(context)
    look_at(pages[0])
    for page in (berts, pages[0]):
        expect_unread(page, 9)
    # Nobody signs out: the tab that has come to Bert must not take Anna's new one along.
    again = anna.sign_in(context)
    expect_unread(again, 1)
    bert.tell("For Bert, later")
    again.wait_for_timeout(300)
    expect_unread(again, 1)


def test_a_browser_over_the_limit_comes_back_when_others_go(
    own_site: Site, open_browser: OpenBrowser
) -> None:
    own_site.servers[0].restart(MAX_CONNECTIONS_PER_USER="1")
    person = Person(own_site, "alice")
    laptop, phone = open_browser(), open_browser()
    person.sign_in(laptop)
    pages = [phone.new_page(), phone.new_page()]
    phone.clock.install()
    for page in pages:
        page.goto(f"{own_site.url}/sign-in/alice/")
        page.goto(f"{own_site.url}/page/")
        expect(bell(page)).to_have_attribute("data-status", "waiting")

    laptop.close()
    phone.clock.fast_forward(121_000)
    for page in pages:
        expect(bell(page)).to_have_attribute("data-status", "open")
    person.tell("Back")
    for page in pages:
        expect_unread(page, 1)
        trigger(page).click()
    expect_sockets_at_server(person, 1)
