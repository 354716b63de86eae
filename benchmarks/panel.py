"""The bell's panel in Chromium: how long it takes to open, and what a burst of pushes does to it.

Beside each figure stands that of a plain list on the same page, in the same run: a machine that is
busy is slow with both.
"""

from __future__ import annotations

import argparse
import http.server
import shutil
import statistics
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
PAGE = HERE / "panel_page.html"
BUNDLES = HERE.parent / "realtime_notify/static/realtime_notify"
RESULTS = HERE / "panel_results.md"
SIZES = (20, 200, 1000)
OPEN_GOAL = 100.0
"""Milliseconds from asking for 1,000 items to the frame that shows them."""
FRAME_GOAL = 50.0
"""Milliseconds between two frames of a burst."""


def main(arguments: list[str]) -> int:
    """Measure, print a table, and return how many goals were missed."""
    parser = argparse.ArgumentParser(prog="benchmarks.panel", description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="pages for each figure")
    parser.add_argument("--browser", default=shutil.which("chromium"), help="Chromium's program")
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args(arguments)
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.browser, args=["--no-sandbox"])
        lines, missed = table(lambda items: page(browser, url, items), options.times)
        browser.close()
    text = "\n".join(lines)
    print(text)
    if options.save:
        RESULTS.write_text(f"{text}\n")
    return missed


def table(open_page: Callable[[int], Page], times: int) -> tuple[list[str], int]:
    """Return the lines of the table, and how many goals were missed."""
    lines = ["| milliseconds | bell | plain list |", "|---|---|---|"]
    missed = 0
    for items in SIZES:
        ours, plain = opening(open_page, items, times)
        lines.append(f"| open with {items:,} items | {ours:.0f} | {plain:.0f} |")
        missed += items == max(SIZES) and ours > OPEN_GOAL
    for everything, words in ((False, "as opened"), (True, "all rows scrolled to")):
        bursts = [burst(open_page(max(SIZES)), everything) for _ in range(times)]
        ours, plain = (statistics.median(one[name] for one in bursts) for name in ("ours", "plain"))
        draws = max(one["draws"] for one in bursts)
        what = f"200 pushes in a second, {max(SIZES):,} items, {words}: longest frame"
        lines.append(f"| {what} ({draws} draws) | {ours:.0f} | {plain:.0f} |")
        missed += ours > FRAME_GOAL
    return lines, missed


def opening(open_page: Callable[[int], Page], items: int, times: int) -> tuple[float, float]:
    """Return the median times to the first frame, of the bell's panel and of a plain list."""
    ours, plain = [], []
    for _ in range(times):
        opened = open_page(items)
        plain.append(opened.evaluate("openPlain()"))
        ours.append(opened.evaluate("openBell()"))
        opened.context.close()
    return statistics.median(ours), statistics.median(plain)


def burst(opened: Page, everything: bool) -> dict[str, Any]:
    """Return the longest frame of a burst with the panel open, that of one of plain text, and
    how often the bell drew."""
    plain = opened.evaluate("burstOfText()")
    opened.evaluate("openBell()")
    if everything:
        opened.evaluate("buildAll()")
    ours = opened.evaluate("burstOfPushes()")
    opened.context.close()
    return {"ours": ours["longest"], "draws": ours["draws"], "plain": plain}


def page(browser: Browser, url: str, items: int) -> Page:
    """Return a page of its own that has greeted, and has loaded its panel."""
    opened = browser.new_context(viewport={"width": 1000, "height": 800}).new_page()
    opened.goto(f"{url}?items={items}")
    opened.hover("notify-bell .trigger")
    opened.wait_for_function("bell.client?.state.ready && bell.shadowRoot.querySelector('.panel')")
    opened.mouse.move(5, 700)
    return opened


@contextmanager
def served() -> Iterator[str]:
    """Serve the page and the bundles."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            name = path.partition("?")[0].strip("/")
            return str(BUNDLES / name if name else PAGE)

        def log_message(self, *_arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
