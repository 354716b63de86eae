"""The gallery: whatever state an element is in, it is legible, in its place and within reach.

Places and names are compared, not pixels: fonts and the smoothing of their edges differ from
machine to machine, and a picture that differs does not say what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, expect

from demo.gallery.frames import FRAMES, Frame
from tests.browser.conftest import settle_in
from tests.browser.people import LISTEN, come_to_rest, focus, item, panel, trigger, violations
from tests.browser.test_demo import DemoServer
from tests.services import Redis
from tests.site import Site, running_site

OpenBrowser = Callable[..., BrowserContext]

LOOKS: dict[str, tuple[int, str, str, str]] = {
    "light": (900, "light", "ltr", ""),
    "dark, right to left": (900, "dark", "rtl", ""),
    "light, right to left, on a phone": (390, "light", "rtl", ""),
    "dark, compact, on a small phone": (320, "dark", "ltr", "compact"),
}
"""Width, theme, direction, density."""

STICKING_OUT = """() => {
  const found = [];
  const sees = (element) => element.checkVisibility({
    opacityProperty: true, visibilityProperty: true,
  });
  const name = (e) => `${e.localName}.${e.className} ${e.textContent.slice(0, 30)}`;
  const isForEars = (e) =>
    e.closest(".sr, .rn-hidden, .skip, .swipe, [aria-live]") ||
    getComputedStyle(e).clipPath !== "none";
  const visit = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) visit(element.shadowRoot);
      if (!sees(element) || isForEars(element) || element.closest("svg, style, script")) continue;
      const {left, right, width} = element.getBoundingClientRect();
      if (width && (left < -1 || right > innerWidth + 1)) found.push(`outside: ${name(element)}`);
      const {textOverflow, overflowX, webkitLineClamp} = getComputedStyle(element);
      const isCut = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0;
      const isMeant =
        textOverflow === "ellipsis" || overflowX === "auto" || webkitLineClamp !== "none";
      if (isCut && !isMeant && getComputedStyle(element).display !== "inline") {
        found.push(`too wide for its box: ${name(element)}`);
      }
    }
    const isControl = (e) => sees(e) && !isForEars(e);
    const controls = [...root.querySelectorAll("button, a, input")].filter(isControl);
    for (const [place, one] of controls.entries()) {
      for (const other of controls.slice(place + 1)) {
        if (one.contains(other) || other.contains(one)) continue;
        if (one.closest("[popover]") !== other.closest("[popover]")) continue;
        const boxes = [one, other].flatMap((each) => [each, each.closest(".scroller") ?? each]);
        const rects = boxes.map((each) => each.getBoundingClientRect());
        const edge = (of, side) => of(...rects.map((each) => each[side]));
        const width = edge(Math.min, "right") - edge(Math.max, "left");
        const height = edge(Math.min, "bottom") - edge(Math.max, "top");
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
    come_to_rest(page)


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


def set_look(page: Page, look: str) -> None:
    """Make the frame as wide, dark, directed and dense as a look says."""
    width, theme, direction, density = LOOKS[look]
    page.set_viewport_size({"width": width, "height": 700})
    page.evaluate(
        """([theme, direction, density]) => {
          document.documentElement.dataset.theme = theme;
          document.documentElement.dir = direction;
          document.querySelector("notify-bell").setAttribute("density", density);
        }""",
        [theme, direction, density],
    )


def test_every_state_is_accessible_and_nothing_sticks_out(
    demo: Site, open_browser: OpenBrowser
) -> None:
    page = open_browser(reduced_motion="reduce", has_touch=True).new_page()
    page.add_init_script(LISTEN)
    problems: list[str] = []

    for name in FRAMES:
        for look, (width, theme, direction, density) in LOOKS.items():
            # A menu stays where it was opened.
            if name == "menu" or look == "light":
                page.set_viewport_size({"width": width, "height": 700})
                show(demo, page, name, f"theme={theme}&dir={direction}&density={density}")
            set_look(page, look)
            found = page.evaluate(STICKING_OUT)
            if look in ("light", "dark, right to left"):
                found += complaints(page)
            problems += [f"{name}, {look}: {each}" for each in found]
        assert violations(page) == [], name

    assert not problems, "\n".join(problems)


def test_forced_colours_keep_what_is_chosen_and_where_the_focus_is(
    demo: Site, open_browser: OpenBrowser
) -> None:
    page = open_browser(forced_colors="active").new_page()

    for name in ("day", "preferences", "badge"):
        show(demo, page, name)
        assert complaints(page) == [], name


def test_the_states_read_well_aloud(demo: Site, open_browser: OpenBrowser) -> None:
    page = open_browser().new_page()
    show(demo, page, "closed")
    bell = page.locator("notify-bell")
    expect(bell).to_match_aria_snapshot('- button "Notifications, none unread"')
    show(demo, page, "hundred")
    expect(bell).to_match_aria_snapshot('- button "Notifications, 130 unread"')
    show(demo, page, "empty")
    expect(panel(page)).to_match_aria_snapshot(
        """
        - dialog "Notifications":
          - heading "Notifications" [level=2]
          - button "Preferences"
          - tablist "Notifications":
            - tab "All" [selected]
            - tab "Unread"
          - tabpanel "All":
            - strong: You are all caught up
            - paragraph: What is new appears here by itself.
          - link "See all notifications"
        """
    )
    show(demo, page, "day")
    expect(item(page, "Nightly backup failed")).to_match_aria_snapshot(
        """
        - listitem:
          - 'link "Unread: Nightly backup failed"'
          - paragraph: No answer from the storage after 30 seconds.
          - paragraph:
            - text: Error
            - time
            - text: 3 times
          - 'button "Archive: Nightly backup failed"'
          - button /Nightly backup failed/
          - 'button "Mark as read: Nightly backup failed"'
        """
    )
    expect(item(page, "Alice asks")).to_match_aria_snapshot(
        """
        - listitem:
          - 'link "Unread: Alice asks to join the team"'
          - button "Approve"
          - button "Decline"
        """
    )
    show(demo, page, "menu")
    expect(bell.get_by_role("menu")).to_match_aria_snapshot(
        """
        - menu:
          - group "Snooze until":
            - menuitem /In an hour/
          - menuitem "Mute this type"
          - menuitem "Preferences"
        """
    )
    show(demo, page, "preferences")
    expect(bell.locator(".preferences")).to_match_aria_snapshot(
        """
        - region "Preferences":
          - button "Back"
          - heading "Preferences" [level=2]
          - heading "Demo" [level=3]
          - group "Alarm":
            - paragraph: Something needs you now.
            - switch "Inbox" [checked]
            - switch "E-mail" [checked]
        """
    )
    show(demo, page, "toasts")
    expect(page.locator("notify-toasts .toast").first).to_match_aria_snapshot(
        """
        - listitem:
          - text: Nightly backup failed
          - paragraph: No answer from the storage after 30 seconds.
          - paragraph: /Error/
          - 'button "Mark as read: Nightly backup failed"'
          - 'button "Close: Nightly backup failed"'
        """
    )


def test_the_keyboard_alone_reaches_everything(demo: Site, open_browser: OpenBrowser) -> None:
    page = open_browser().new_page()
    show(demo, page, "hundred")

    def press(key: str, reaches: str) -> None:
        page.keyboard.press(key)
        expect(focus(page)).to_have_accessible_name(reaches)

    trigger(page).focus()
    press("Enter", "Notifications")
    expect(panel(page).get_by_role("heading", name="Notifications")).to_be_focused()
    expect(item(page, "Message 130")).to_be_visible()
    press("Tab", "Mark all read")
    press("Tab", "Preferences")
    press("Tab", "All")
    press("ArrowRight", "Unread")
    expect(panel(page).get_by_role("tab", selected=True)).to_have_text("Unread")
    press("ArrowLeft", "All")
    expect(panel(page).get_by_role("tab", selected=True)).to_have_text("All")
    press("j", "Unread: Message 130")
    press("j", "Unread: Message 129")
    press("r", "Message 129")
    expect(trigger(page)).to_have_accessible_name("Notifications, 129 unread")
    press("u", "Unread: Message 129")
    expect(trigger(page)).to_have_accessible_name("Notifications, 130 unread")
    press("Escape", "Notifications, 130 unread")
    expect(panel(page)).to_be_hidden()
    expect(trigger(page)).to_be_focused()
    # Other tests look at the same inbox: the server has to know that nothing was left read.
    page.wait_for_function("document.querySelector('notify-bell').client.state.pending === 0")


def test_the_network_is_slow_or_lost_by_button(demo: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.goto(f"{demo.url}/gallery/#closed")
    bell: Locator = page.frame_locator("#closed iframe").locator("notify-bell")
    expect(bell).to_have_attribute("data-status", "open")

    page.get_by_role("button", name="lost").click()
    expect(bell).to_have_attribute("data-status", "waiting")
    page.get_by_role("button", name="normal").click()
    expect(bell).to_have_attribute("data-status", "open")
