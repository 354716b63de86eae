"""What a tab holds that stays open all day: an hour of traffic, compressed, in a real Chromium.

Half of the pushes come while the panel is open. All are read and archived, and the connection is
parted and made again, round by round. At five points the garbage is collected, and a snapshot of
the heap says what is left, by what it is for:

- the page: everything that a script made, and the elements. It must not grow.
- compiled code: the engine compiles what runs often, for some thousand pushes.
- records: Chromium notes the last 150 layout shifts and 200 slow frames of a page.

    python -m benchmarks.soak --pushes 20000 --save
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

from playwright.sync_api import Browser, CDPSession, Page, expect, sync_playwright

from tests.browser.conftest import settle_in
from tests.browser.people import Person, bell, panel, trigger
from tests.services import Redis
from tests.site import running_site

RESULTS = Path(__file__).parent / "soak_results.md"
ROUND = 200
"""Pushes of a round."""
POINTS = 5
WARM_UP = 4
"""Rounds after which the items that are kept for "Undo" are as many as they ever are."""
BYTES_GOAL = 10
"""How much more the page may hold for a push,"""
NOISE = 60_000
"""and in all: a collection leaves more or less."""
NODES_GOAL = 50
LISTENERS_GOAL = 5
EXPLAINED = str(__doc__).partition("\n\n    python")[0]
RECORDS = ("Performance", "LayoutShift", "DOMRect", "TaskAttribution", "blink::ScriptTiming")

PUT_AWAY = """async (bell) => {
  await bell.client.markAllRead();
  await bell.client.archive(bell.client.state.items.map(({ id }) => id));
}"""
RECONNECT = """async (bell) => {
  document.dispatchEvent(new Event("freeze"));
  document.dispatchEvent(new Event("resume"));
}"""


@dataclass
class Memory:
    """What a page holds after the garbage is collected. The last three are in bytes."""

    nodes: int
    listeners: int
    page: int
    code: int
    records: int


def measure(session: CDPSession) -> Memory:
    """Collect the garbage and measure."""
    session.send("Performance.enable")
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    metrics = session.send("Performance.getMetrics")["metrics"]
    found = {each["name"]: each["value"] for each in metrics}
    return Memory(int(found["Nodes"]), int(found["JSEventListeners"]), **heap_by_kind(session))


def heap_by_kind(session: CDPSession) -> dict[str, int]:
    """Take a snapshot of the heap; return the bytes of each kind."""
    chunks: list[str] = []

    def keep(event: dict[str, str]) -> None:
        chunks.append(event["chunk"])

    session.on("HeapProfiler.addHeapSnapshotChunk", keep)
    session.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    session.remove_listener("HeapProfiler.addHeapSnapshotChunk", keep)
    snapshot = json.loads("".join(chunks))
    nodes, strings = snapshot["nodes"], snapshot["strings"]
    fields = snapshot["snapshot"]["meta"]["node_fields"]
    types = snapshot["snapshot"]["meta"]["node_types"][0]
    sizes: Counter[str] = Counter()
    for start in range(0, len(nodes), len(fields)):
        node = dict(zip(fields, nodes[start : start + len(fields)], strict=True))
        sizes[kind(types[node["type"]], strings[node["name"]])] += node["self_size"]
    return {name: sizes[name] for name in ("page", "code", "records")}


def kind(node_type: str, name: str) -> str:
    """Say what something in the heap is for."""
    # Shapes describe objects to compiled code.
    if node_type in ("code", "object shape") or name.startswith("system /"):
        return "code"
    return "records" if node_type == "native" and name.startswith(RECORDS) else "page"


def live_through(page: Page, person: Person, number: int, pushes: int = ROUND) -> None:
    """Get pushes with the panel open and closed, read and archive them all, and reconnect."""
    for half in ("closed", "open"):
        if half == "open":
            trigger(page).click()
            expect(panel(page)).to_be_visible()
        person.tell(f"Round {number}, {half}, number #", times=pushes // 2)
        expect(bell(page)).to_have_attribute("data-unread", str(pushes // 2), timeout=60_000)
        bell(page).evaluate(PUT_AWAY)
        expect(bell(page)).to_have_attribute("data-unread", "0")
    # A panel that is closed earlier keeps its rows until it is opened again.
    expect(panel(page).get_by_role("listitem")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()
    bell(page).evaluate(RECONNECT)
    expect(bell(page)).to_have_attribute("data-status", "open")


def soak(browser: Browser, person: Person, pushes: int) -> dict[int, Memory]:
    """Return what a page holds after so many pushes; after 0, when it has warmed up."""
    context = browser.new_context()
    page = person.sign_in(context)
    session = context.new_cdp_session(page)
    rounds = max(POINTS - 1, pushes // ROUND)
    found: dict[int, Memory] = {}
    for number in range(WARM_UP):
        live_through(page, person, number)
    for done in range(rounds + 1):
        if done >= len(found) * rounds / (POINTS - 1):
            found[done * ROUND] = measure(session)
            print(f"after {done * ROUND:,} pushes: {found[done * ROUND]}", flush=True)
        if done < rounds:
            live_through(page, person, WARM_UP + done)
    context.close()
    return found


def table(found: dict[int, Memory]) -> list[str]:
    """Return the lines of the table."""
    lines = [
        "| pushes | nodes | listeners | the page | compiled code | records |",
        "|---|---|---|---|---|---|",
    ]
    for pushes, each in found.items():
        sizes = " | ".join(
            f"{size / 1000:,.0f} KB" for size in (each.page, each.code, each.records)
        )
        lines.append(f"| {pushes:,} | {each.nodes} | {each.listeners} | {sizes} |")
    first, last = found[0], found[max(found)]
    grown = (last.page - first.page) / max(found)
    return [*lines, "", f"What the page holds has grown by {grown:.1f} bytes a push."]


def missed(found: dict[int, Memory]) -> bool:
    """Say whether a page held more in the end than at first."""
    first, last = found[0], found[max(found)]
    return (
        last.page > first.page + BYTES_GOAL * max(found) + NOISE
        or last.nodes > first.nodes + NODES_GOAL
        or last.listeners > first.listeners + LISTENERS_GOAL
    )


def main(arguments: list[str]) -> int:
    """Measure, print, and fail when something grows."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--pushes", type=int, default=20_000)
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
            found = soak(browser, Person(site, "alice"), options.pushes)
    text = "\n".join(table(found))
    print(f"\n{text}")
    if options.save:
        RESULTS.write_text(f"# A tab after a day\n\n{EXPLAINED}\n\n{text}\n")
    return int(missed(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
