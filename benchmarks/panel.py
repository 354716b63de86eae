"""The bell's panel in Chromium: how long it takes to open, and what a burst of pushes does to it.

Beside each figure stands that of a plain list on the same page, in the same run: a machine that is
busy is slow with both. What the page's main thread works does not depend on that.
"""

from __future__ import annotations

import argparse
import http.server
import json
import math
import shutil
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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
MARK_GOAL = 200.0
"""Milliseconds of the main thread for marking 2,000 rows read."""


def main(arguments: list[str]) -> int:
    """Measure, print a table, and return how many goals were missed."""
    parser = argparse.ArgumentParser(prog="benchmarks.panel", description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="pages for each figure")
    parser.add_argument("--browser", default=shutil.which("chromium"), help="Chromium's program")
    parser.add_argument("--save", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args(arguments)
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.browser, args=["--no-sandbox"])
        lines, missed = table(browser, url, options.times)
        browser.close()
    if options.save:
        RESULTS.write_text("\n".join(["# The panel", "", str(__doc__), *lines, ""]))
    return missed


@dataclass(frozen=True)
class Scenario:
    """Something that is done in the page, and what it may take."""

    name: str
    items: int
    act: str
    plain: str = ""
    """What a plain list does meanwhile, if there is something like it."""
    before: tuple[str, ...] = ()
    wall_goal: float = math.inf
    """For the figure that the act returns, if it is one."""
    work_goal: float = math.inf
    """Milliseconds of the main thread in all."""


SCENARIOS = (
    *(
        Scenario(
            f"open with {items:,} items: until its frame",
            items,
            "openBell()",
            "openPlain()",
            wall_goal=OPEN_GOAL if items == max(SIZES) else math.inf,
        )
        for items in SIZES
    ),
    *(
        Scenario(
            f"200 pushes in a second, {max(SIZES):,} items, {words}: longest frame",
            max(SIZES),
            "burstOfPushes()",
            "burstOfText()",
            ("openBell()", *before),
            wall_goal=FRAME_GOAL,
        )
        for words, before in (
            ("as opened", ()),
            ("all rows built", ("buildAll()",)),
            ("all rows built, back at the top", ("buildAll()", "goBack()")),
        )
    ),
    Scenario(
        "mark all read, 2,000 rows built",
        2000,
        "markAll()",
        before=("openBell()", "buildAll()"),
        work_goal=MARK_GOAL,
    ),
)


def table(browser: Browser, url: str, times: int) -> tuple[list[str], int]:
    """Return the lines of the table, and how many goals were missed."""
    lines = [
        "| milliseconds | bell | plain list | work of the main thread | longest task |",
        "|---|---|---|---|---|",
    ]
    missed = 0
    for scenario in SCENARIOS:
        pages = (prepared(browser, url, scenario) for _ in range(times))
        runs = [timed(opened, scenario) for opened in pages]
        ours, plain = (statistics.median(column) for column in zip(*runs, strict=True))
        pages = (prepared(browser, url, scenario) for _ in range(times))
        traces = [worked(browser, opened, scenario) for opened in pages]
        work, longest = (statistics.median(column) for column in zip(*traces, strict=True))
        figures = f"{ours:.0f} | {plain:.0f} | {work:.0f} | {longest:.0f}".replace("nan", "")
        lines.append(f"| {scenario.name} | {figures} |")
        print(lines[-1], flush=True)
        missed += ours > scenario.wall_goal or work > scenario.work_goal
    return lines, missed


def prepared(browser: Browser, url: str, scenario: Scenario) -> Page:
    """Return a page where a scenario can begin."""
    opened = page(browser, url, scenario.items)
    for act in scenario.before:
        opened.evaluate(act)
    return opened


def timed(opened: Page, scenario: Scenario) -> tuple[float, float]:
    """Return how long the bell and a plain list take, by the clock."""
    ours = opened.evaluate(scenario.act)
    opened.evaluate("bell.hide()")
    plain = opened.evaluate(scenario.plain) if scenario.plain else math.nan
    opened.context.close()
    return math.nan if ours is None else ours, plain


def worked(browser: Browser, opened: Page, scenario: Scenario) -> tuple[float, float]:
    """Return what the page's main thread works in all, and in the longest task. Unlike a clock,
    that does not count the time in which a busy machine does something else."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "trace.json"
        browser.start_tracing(page=opened, path=path, categories=["toplevel"])
        opened.evaluate(scenario.act)
        browser.stop_tracing()
        events = json.loads(path.read_text())["traceEvents"]
    opened.context.close()
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks: dict[tuple[int, int], list[float]] = {thread: [] for thread in mains}
    for event in events:
        thread = (event["pid"], event["tid"])
        if thread in tasks and event["name"] == "ThreadControllerImpl::RunTask":
            tasks[thread].append(event.get("tdur", 0) / 1000)
    busiest = max(tasks.values(), key=sum)
    return sum(busiest), max(busiest)


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
