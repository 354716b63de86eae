"""How long it takes from notify() until the badge can be seen, in a real Chromium on loopback.

The clock starts in the server when `notify()` is called: rows, commit, push through a real Redis,
hub, socket, store, element. It stops in the browser after the frame that shows the new number has
been painted. Both clocks are this machine's.

    python -m benchmarks.badge_latency --pushes 100
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import settle_in
from tests.browser.people import Person
from tests.services import Redis
from tests.site import running_site

LIMIT = 100.0
WARM_UP = 5

# Noted by the number that is shown: when the frame came in, and when its number was painted.
WATCH = """() => {
  const now = () => performance.timeOrigin + performance.now();
  const bell = document.querySelector("notify-bell");
  window.noted = {};
  let received = 0;
  bell.client.addEventListener("frame", ({ detail }) => {
    if (detail.direction === "in") received = now();
  });
  new MutationObserver(() => {
    const [unread, came] = [bell.dataset.unread, received];
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => { noted[unread] = [came, now()]; };
      port2.postMessage(0);
    });
  }).observe(bell, { attributeFilter: ["data-unread"] });
}"""


@dataclass
class Latency:
    """Milliseconds from notify(), push by push."""

    received: list[float]
    painted: list[float]

    def __str__(self) -> str:
        rows = (("in the browser", self.received), ("visible", self.painted))
        return "\n".join(
            f"{name:>15}: median {statistics.median(times):5.1f} ms, "
            f"p95 {percentile(times, 95):5.1f} ms, worst {max(times):5.1f} ms"
            for name, times in rows
        )


def percentile(values: list[float], percent: int) -> float:
    """Return the smallest value that so many percent of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def measure(browser: Browser, person: Person, pushes: int) -> Latency:
    """Push one notification after the other to somebody's open page."""
    latency = Latency([], [])
    context = browser.new_context()
    page = person.sign_in(context)
    page.evaluate(WATCH)
    for number in range(1, pushes + WARM_UP + 1):
        # Out of step with the screen, as people are.
        time.sleep(random.uniform(0.02, 0.08))
        began = person.tell(f"Push {number}") * 1000
        while not (noted := page.evaluate("number => noted[number]", str(number))):
            time.sleep(0.005)
        if number > WARM_UP:
            received, painted = noted
            latency.received.append(received - began)
            latency.painted.append(painted - began)
    context.close()
    return latency


def main(arguments: list[str]) -> int:
    """Measure, print, and fail when it takes longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pushes", type=int, default=100)
    options = parser.parse_args(arguments)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with (
        Redis() as redis,
        tempfile.TemporaryDirectory() as directory,
        running_site(Path(directory), redis.url) as site,
        sync_playwright() as playwright,
    ):
        settle_in(site, Path(directory), "tests.browser.settings")
        site.start()
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        with playwright.chromium.launch(executable_path=chromium, args=flags) as browser:
            latency = measure(browser, Person(site, "alice"), options.pushes)
    print(f"From notify() to the badge, {options.pushes} pushes:")
    print(latency)
    return int(percentile(latency.painted, 95) > LIMIT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
