"""Two server processes are restarted one after the other, under load: what do people notice?

PostgreSQL and Redis are real, and so is nginx with the configuration of deploy/. Hundreds of
clients of the protocol, and some pages with a bell in a real Chromium, are connected to a Daphne
and a uvicorn process. Ten notifications a second go to one in twenty of them each. Then both
processes are restarted:

- in place: a process gets SIGTERM and is started again on its port, and then the other. Whoever
  comes back before it listens again lands on the other, which is restarted next.
- side by side: a new process is started on another port, nginx sends new connections to no old
  process from then on, the old one gets SIGTERM; and then the same for the other.

Each notification must appear once, in order, in every view of those it was for.

    python -m benchmarks.rolling [--clients 600] [--pages 4] [--save]
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.crowd import sign_in
from benchmarks.rolling.publisher import Publisher
from benchmarks.rolling.report import Restart, Rolling, report
from benchmarks.rolling.screens import Screens
from benchmarks.rolling.site import ROLLS, SERVERS, Site
from tests.services import Redis

RESULTS = Path(__file__).parent.parent / "rolling_results.md"
EXPLAINED = str(__doc__).partition("\n\n    python")[0].partition("\n\n")[2]
BEFORE, AFTER = 10.0, 10.0
"""Seconds of load before the first restart, and after each when all have come back."""
PATIENCE = 120.0
CALM = 8.0
"""Seconds in the end in which nothing more may appear."""
WATCH = """(bell) => {
  window.noted = {arrived: [], greetings: 0};
  bell.client.addEventListener("arrive", ({detail}) => {
    noted.arrived.push(...detail.items.map(({id}) => id).reverse());
  });
  bell.client.addEventListener("frame", ({detail}) => {
    if (detail.direction === "in" && detail.text.includes('"ping":')) noted.greetings += 1;
  });
}"""


def main(arguments: list[str]) -> int:
    """Restart in each way, and say what was noticed."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.rolling",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--clients", type=int, default=600)
    parser.add_argument("--pages", type=int, default=4)
    parser.add_argument("--how", choices=ROLLS, nargs="+", default=list(ROLLS))
    parser.add_argument("--browser", default=shutil.which("chromium"), help="Chromium's program")
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args(arguments)
    from benchmarks.delivery.ground import database

    with Redis() as redis:
        os.environ["REDIS_URL"] = redis.url
        with database("postgresql"):
            results = [_measure(how, options) for how in options.how]
    for wrong in [f"{each.how}: {wrong}" for each in results for wrong in each.wrong][:10]:
        print(wrong)
    text = report(EXPLAINED, results)
    print(f"\n{text}")
    if options.save:
        RESULTS.write_text(text + "\n")
    once = all(max(each.reconnects) <= 1 for each in results if each.how == "side by side")
    return int(not once or any(each.wrong or each.needless for each in results))


def _measure(how: str, options: argparse.Namespace) -> Rolling:
    people = sign_in(options.clients + options.pages)
    with ExitStack() as stack:
        site = Site(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        stack.callback(site.close)
        stack.enter_context(site.proxy)
        screens = Screens(site.proxy.port, people.cookies[: options.clients])
        _wait_for(lambda: screens.greeted, options.clients, "clients are connected")
        # Playwright keeps an event loop in this thread, where Django refuses to touch a database.
        pages = stack.enter_context(_pages(site, people.cookies[options.clients :], options))
        apart = stack.enter_context(ThreadPoolExecutor(1))
        publisher = Publisher(how, people.users)
        stack.callback(publisher.stop)
        publisher.start()
        time.sleep(BEFORE)
        restarts = [_restart(how, site, number, screens, options) for number in range(len(SERVERS))]
        publisher.stop()
        clients = {user.pk for user in people.users[: options.clients]}
        _wait_for(
            lambda: screens.shown,
            sum(len(told & clients) for told in publisher.ledger.values()),
            "copies have appeared",
        )
        time.sleep(CALM)
        shown = screens.finish()
        noted = [page.evaluate("window.noted") for page in pages]
        lists = [_items(page) for page in pages]
        rows = apart.submit(_rows, publisher.ledger).result()
    ledger = publisher.ledger
    arrived = [screen.shown for screen in shown] + [each["arrived"] for each in noted]
    wrong = [
        f"A view showed {len(ids)} notifications, and its inbox has {len(rows[user.pk])}."
        for user, ids in zip(people.users, arrived, strict=True)
        if ids != rows[user.pk]
    ]
    wrong += [
        "A bell lists other items than arrived."
        for each, ids in zip(noted, lists, strict=True)
        if ids[: len(each["arrived"])] != each["arrived"][::-1]
    ]
    return Rolling(
        *(how, restarts, shown, len(ledger), sum(map(len, ledger.values()))),
        pages=[each["greetings"] for each in noted],
        wrong=wrong,
    )


def _restart(
    how: str, site: Site, number: int, screens: Screens, options: argparse.Namespace
) -> Restart:
    address, began = f"127.0.0.1:{site.servers[number].port}", time.monotonic()
    print(f"{how}: {address} is restarted", flush=True)
    ROLLS[how](site, number)
    time.sleep(1.0)  # until all of its clients have seen it go
    _wait_for(lambda: screens.greeted, options.clients, "clients are connected")
    time.sleep(AFTER)
    return Restart(address, began, time.monotonic())


def _wait_for(count: Callable[[], int], wanted: int, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while count() < wanted and time.monotonic() < deadline:
        time.sleep(0.1)
    if count() < wanted:
        print(f"After {PATIENCE:g} s {count():,} of {wanted:,} {what}.")


@contextmanager
def _pages(site: Site, cookies: list[str], options: argparse.Namespace) -> Iterator[list[Page]]:
    """Open a page with a bell for each cookie."""
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=options.browser, args=flags) as browser,
    ):
        pages = []
        for cookie in cookies:
            context = browser.new_context()
            name, value = cookie.split("=", 1)
            context.add_cookies([{"name": name, "value": value, "url": site.proxy.url}])
            page = context.new_page()
            page.goto(f"{site.proxy.url}/page/")
            bell = page.locator("notify-bell")
            expect(bell).to_have_attribute("data-status", "open", timeout=30_000)
            bell.evaluate(WATCH)
            pages.append(page)
        yield pages


def _items(page: Page) -> list[int]:
    """Return the ids of what a bell lists, newest first."""
    ids: list[int] = page.locator("notify-bell").evaluate(
        "bell => bell.client.state.items.map(({id}) => id)"
    )
    return ids


def _rows(ledger: dict[int, set[int]]) -> dict[int, list[int]]:
    """Return the ids of the notifications of each person, in the order of the inbox.

    Raises:
        RuntimeError: they are not those of the ledger.
    """
    from django.db import connection

    from realtime_notify.models import Notification

    rows: dict[int, list[int]] = defaultdict(list)
    kept: dict[int, list[int]] = defaultdict(list)
    found = Notification.objects.filter(event__in=list(ledger)).order_by("seq")
    for pk, user, event in found.values_list("pk", "user_id", "event_id"):
        rows[user].append(pk)
        kept[event].append(user)
    connection.close()
    if {event: sorted(users) for event, users in kept.items()} != {
        event: sorted(users) for event, users in ledger.items()
    }:
        raise RuntimeError("The inboxes do not hold what was sent.")
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
