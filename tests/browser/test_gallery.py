"""The gallery: whatever state an element is in, it is legible, in its place and within reach.

Places and names are compared, not pixels: fonts and the smoothing of their edges differ from machine
to machine, and a picture that differs does not say what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, expect

from demo.gallery.frames import FRAMES, Frame
from tests.browser.conftest import settle_in
from tests.browser.people import LISTEN, item, panel, trigger, violations
from tests.browser.test_demo import DemoServer
from tests.services import Redis
from tests.site import Site, running_site

OpenBrowser = Callable[..., BrowserContext]

DESK = {"viewport": {"width": 900, "height": 760}}
LOOKS: dict[str, tuple[dict[str, Any], str]] = {
    "light": (DESK, "theme=light"),
    "dark, right to left": (DESK, "theme=dark&dir=rtl"),
    "light, right to left, on a phone": (
        {"viewport": {"width": 390, "height": 740}, "has_touch": True},
        "theme=light&dir=rtl",
    ),
    "dark, compact, on a small phone": (
        {"viewport": {"width": 320, "height": 640}, "has_touch": True},
        "theme=dark&density=compact",
    ),
    "forced colours": ({**DESK, "forced_colors": "active"}, "theme=light"),
}

STICKING_OUT = """() => {
  const found = [];
  const sees = (element) => element.checkVisibility({opacityProperty: true, visibilityProperty: true});
  const name = (e) => `${e.localName}.${e.getAttribute("class") ?? ""} ${e.textContent.slice(0, 30)}`;
  const isForEars = (e) => e.closest(".sr, .skip, .swipe, [aria-live]") !== null;
  const visit = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) visit(element.shadowRoot);
      if (!sees(element) || isForEars(element) || element.closest("svg, style, script")) continue;
      const {left, right, width} = element.getBoundingClientRect();
      if (width && (left < -1 || right > innerWidth + 1)) found.push(`outside: ${name(element)}`);
      const {textOverflow, overflowX, webkitLineClamp} = getComputedStyle(element);
      const isCut = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0;
      const isMeant = textOverflow === "ellipsis" || overflowX === "auto" || webkitLineClamp !== "none";
      if (isCut && !isMeant && getComputedStyle(element).display !== "inline") {
        found.push(`too wide for its box: ${name(element)}`);
      }
    }
    const isControl = (e) => sees(e) && !isForEars(e);
    const controls = [...root.querySelectorAll("button, a, input, [role=switch]")].filter(isControl);
    for (const [place, one] of controls.entries()) {
      for (const other of controls.slice(place + 1)) {
        if (one.contains(other) || other.contains(one)) continue;
        if (one.closest("[popover]") !== other.closest("[popover]")) continue;
        const [a, b] = [one, other].map((each) => each.getBoundingClientRect());
        const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (width > 1 && height > 1) found.push(`overlap: ${name(one)} / ${name(other)}`);
      }
    }
  };
  visit(document);
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page scrolls sideways");
  return found;
}"""


@pytest.fixture(scope="module")
def demo(shared_redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo with its gallery."""
    directory = tmp_path_factory.mktemp("gallery")
    with running_site(directory, shared_redis.url) as site:
        settle_in(site, directory, "demo.settings")
        site.manage("demo")
        server = DemoServer(site.environment, directory / "daphne.log")
        site.servers.append(server)
        server.start()
        yield site


def show(demo: Site, page: Page, name: str, query: str = "") -> None:
    """Go to a frame and wait until it is in its state."""
    frame = FRAMES[name]
    page.goto(f"{demo.url}/gallery/{frame.inbox}/frame/{name}/?{query}")
    status = "polling" if frame.attributes.get("socket") == "off" else "open"
    expect(page.locator("notify-bell")).to_have_attribute("data-status", status)
    _await_state(page, frame)
    page.wait_for_function(
        "() => document.getAnimations().every((a) => a.playState === 'finished')"
    )


def _await_state(page: Page, frame: Frame) -> None:
    bell = page.locator("notify-bell")
    if frame.element == "toasts":
        page.get_by_role("button", name="Let three arrive").click()
        expect(page.locator("notify-toasts .toast").first).to_be_visible()
    elif frame.press == ("menu",):
        expect(bell.get_by_role("menuitem").first).to_be_focused()
    elif frame.press == ("settings",):
        expect(bell.get_by_role("switch").first).to_be_visible()
    elif frame.open and frame.element == "bell":
        expect(bell.locator(".panel")).to_be_visible()
        expect(bell.locator(".panel")).not_to_have_attribute("aria-busy", "true")


def complaints(page: Page) -> list[str]:
    """Return what axe finds."""
    return [
        f"{found['id']}: {node['html']} {node['failureSummary']}"
        for found in Axe().run(page).response["violations"]
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_every_state_is_accessible_and_nothing_sticks_out(
    demo: Site, open_browser: OpenBrowser, look: str
) -> None:
    options, query = LOOKS[look]
    page = open_browser(**options, reduced_motion="reduce").new_page()
    page.add_init_script(LISTEN)
    problems: list[str] = []

    for name in FRAMES:
        show(demo, page, name, query)
        found = [*page.evaluate(STICKING_OUT), *complaints(page), *violations(page)]
        problems += [f"{name}: {each}" for each in found]

    assert problems == []
