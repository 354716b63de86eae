"""How long a push takes from notify() until it can be seen, in a real Chromium and a real Daphne.

The clock starts in the server when `notify()` is called: rows, commit, push through a real Redis,
hub, socket, store, element. It stops in the browser. All clocks are this machine's.

Beside the bell stands a bare page in a window of its own: ten lines of JavaScript that open the
same socket of the same server, get the same frame and append a line for it. What it takes is what
the server, the socket and the browser take.

    python -m benchmarks.push_latency --pushes 200 --save
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.percentiles import percentile
from tests.browser.conftest import settle_in
from tests.browser.people import Person, panel, trigger
from tests.services import Redis
from tests.site import running_site

RESULTS = Path(__file__).parent / "push_latency_results.md"
EXPLAINED = str(__doc__).partition("\n\n    python")[0]
GOAL = 50.0
"""Milliseconds from notify() to the row, for 95 of 100 pushes."""
WARM_UP = 5
PAUSE = (0.3, 0.5)
"""Seconds between two pushes: out of step with the screen, and no burst, in which the panel draws
only ten times a second."""

BARE = """() => {
  window.list = document.body.appendChild(document.createElement("ul"));
  window.socket = new WebSocket(`ws://${location.host}/ws/notifications/`, "rn.1");
  socket.onopen = () => socket.send('{"id": 1, "hello": {}}');
  socket.onmessage = ({data}) => {
    if (data.includes('"beat"')) socket.send(data);
    for (const {message} of JSON.parse(data).put ?? []) {
      const line = document.createElement("li");
      line.textContent = message;
      list.append(line);
    }
  };
}"""

# Each notes, by the number in a message, when that was.
NOTE = """
  window.noted = {received: {}, badge: {}, row: {}, painted: {}};
  const now = () => performance.timeOrigin + performance.now();
  const note = (what, number) => { noted[what][number] ??= now(); };
  const numbers = (text) => [...text.matchAll(/Push (\\d+)/g)].map(([, number]) => number);
  const next = (work) => {
    const {port1, port2} = new MessageChannel();
    port1.onmessage = work;
    port2.postMessage(0);
  };
"""
# The bell draws within a frame, which is painted before the next task.
WATCH_BELL = f"""() => {{
  {NOTE}
  const bell = document.querySelector("notify-bell");
  const list = bell.shadowRoot.querySelector(".list");
  bell.client.addEventListener("frame", ({{detail}}) => {{
    if (detail.direction === "in") for (const one of numbers(detail.text)) note("received", one);
  }});
  new MutationObserver(() => note("badge", bell.dataset.unread))
    .observe(bell, {{attributeFilter: ["data-unread"]}});
  new MutationObserver(() => {{
    const [newest] = numbers(list.firstElementChild.textContent);
    note("row", newest);
    next(() => note("painted", newest));
  }}).observe(list, {{childList: true}});
}}"""
# The bare page draws when the frame comes in, and is painted with the next frame.
WATCH_BARE = f"""() => {{
  {NOTE}
  socket.addEventListener("message", ({{data}}) => {{
    for (const one of numbers(data)) note("received", one);
  }});
  new MutationObserver(() => {{
    const [newest] = numbers(list.lastElementChild.textContent);
    note("row", newest);
    requestAnimationFrame(() => next(() => note("painted", newest)));
  }}).observe(list, {{childList: true}});
}}"""


@dataclass
class Latency:
    """Milliseconds from notify(), push by push."""

    received: list[float] = field(default_factory=list)
    badge: list[float] = field(default_factory=list)
    row: list[float] = field(default_factory=list)
    painted: list[float] = field(default_factory=list)

    def add(self, page: Page, number: int, began: float) -> None:
        """Wait until a page has painted a push, and note when it did what."""
        page.wait_for_function("number => noted.painted[number]", arg=str(number))
        for what in ("received", "badge", "row", "painted"):
            when = page.evaluate("([what, number]) => noted[what][number]", [what, str(number)])
            if when is not None:
                getattr(self, what).append(when - began)


def measure(browser: Browser, person: Person, pushes: int) -> tuple[Latency, Latency]:
    """Push one notification after the other to somebody's open panel, and to a bare page."""
    ours, bare = Latency(), Latency()
    with bell_page(browser, person) as page, bare_page(browser, person) as plain:
        for number in range(1, pushes + WARM_UP + 1):
            time.sleep(random.uniform(*PAUSE))
            began = person.tell(f"Push {number}") * 1000
            for latency, watched in ((ours, page), (bare, plain)):
                latency.add(watched, number, began)
    for latency in (ours, bare):
        for times in vars(latency).values():
            del times[:WARM_UP]
    return ours, bare


@contextmanager
def bell_page(browser: Browser, person: Person) -> Iterator[Page]:
    """Open a page with a bell, and its panel."""
    context = browser.new_context()
    page = person.sign_in(context)
    trigger(page).click()
    expect(panel(page)).to_be_visible()
    page.evaluate(WATCH_BELL)
    yield page
    context.close()


@contextmanager
def bare_page(browser: Browser, person: Person) -> Iterator[Page]:
    """Open a page of the same site that does nothing but listen to the same socket."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{person.site.url}/sign-in/{person.name}/")
    page.goto(f"{person.site.url}/ready/")
    page.evaluate(BARE)
    page.wait_for_function("() => socket.readyState === WebSocket.OPEN")
    page.evaluate(WATCH_BARE)
    yield page
    context.close()


def table(ours: Latency, bare: Latency) -> list[str]:
    """Return the lines of the table."""
    rows = (
        ("the frame in the browser", ours.received, bare.received),
        ("the number on the badge", ours.badge, bare.row),
        ("the row in the open panel", ours.row, bare.row),
        ("the row painted", ours.painted, bare.painted),
    )
    lines = [
        "| milliseconds from notify() to | bell p50 | p95 | bare page p50 | p95 | ratio of p95 |",
        "|---|---|---|---|---|---|",
    ]
    for name, mine, plain in rows:
        values = [percentile(times, percent) for times in (mine, plain) for percent in (50, 95)]
        figures = " | ".join(f"{value:.1f}" for value in values)
        lines.append(f"| {name} | {figures} | {values[1] / values[3]:.2f} |")
    return lines


def main(arguments: list[str]) -> int:
    """Measure, print, and fail when it takes longer than it may."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.push_latency",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--pushes", type=int, default=200)
    parser.add_argument("--browser", default=shutil.which("chromium"), help="Chromium's program")
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args(arguments)
    with (
        Redis() as redis,
        tempfile.TemporaryDirectory() as directory,
        running_site(Path(directory), redis.url) as site,
        sync_playwright() as playwright,
    ):
        settle_in(site, Path(directory), "tests.browser.settings")
        site.start()
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        with playwright.chromium.launch(executable_path=options.browser, args=flags) as browser:
            ours, bare = measure(browser, Person(site, "alice"), options.pushes)
    text = "\n".join([f"{len(ours.row)} pushes, each to both pages:", "", *table(ours, bare)])
    print(text)
    if options.save:
        RESULTS.write_text(f"# From notify() to the row\n\n{EXPLAINED}\n\n{text}\n")
    return int(percentile(ours.row, 95) >= GOAL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
