"""The gallery: whatever state an element is in, it is legible, in its place and within reach.

Places and names are compared, not pixels: fonts and the smoothing of their edges differ from
machine to machine, and a picture that differs does not say what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from demo.gallery.frames import FRAMES, SIGNED_OUT, Frame
from tests.browser.demo_site import demo
from tests.browser.people import LISTEN, come_to_rest, item, panel, trigger, violations
from tests.site import Site

__all__ = ["demo"]

OpenBrowser = Callable[..., BrowserContext]

LOOKS: dict[str, tuple[int, str, str, str]] = {
    "light": (900, "light", "ltr", ""),
    "dark, right to left": (900, "dark", "rtl", ""),
    "light, right to left, on a phone": (390, "light", "rtl", ""),
    "dark, compact, on a small phone": (320, "dark", "ltr", "compact"),
}
"""Width, theme, direction, density."""

AXE = Axe().axe_script
ALL_RULES: dict[str, object] = {"resultTypes": ["violations"]}
RULES_OF_COLOURS: dict[str, object] = {**ALL_RULES, "runOnly": ["color-contrast"]}

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


def show(demo: Site, page: Page, name: str, query: str = "") -> None:
    """Go to a frame and wait until it is in its state."""
    frame = FRAMES[name]
    page.goto(f"{demo.url}/gallery/{frame.inbox}/frame/{name}/?{query}")
    expect(page.locator("notify-bell")).to_have_attribute("data-status", _status(frame))
    _await_state(page, frame)
    come_to_rest(page)


def _status(frame: Frame) -> str:
    if frame.inbox == SIGNED_OUT:
        return "closed"
    return "polling" if frame.attributes.get("socket") == "off" else "open"


def _await_state(page: Page, frame: Frame) -> None:
    bell = page.locator("notify-bell")
    if frame.element == "toasts":
        page.get_by_role("button", name="Let three arrive").click()
        expect(page.locator("notify-toasts .toast").first).to_be_visible()
    elif frame.element == "push":
        state = frame.browser or "off"
        expect(page.locator("notify-push")).to_have_attribute("data-state", state)
    elif frame.press == ("?",):
        expect(bell.get_by_role("dialog", name="Keys")).to_be_visible()
    elif frame.inbox == SIGNED_OUT:
        expect(bell.locator(".status")).to_have_text("You are signed out. Sign in again.")
    elif frame.press == ("menu",):
        expect(bell.get_by_role("menuitem").first).to_be_focused()
    elif frame.press == ("settings",):
        expect(bell.get_by_role("switch").first).to_be_visible()
    elif frame.open and frame.element == "bell":
        expect(bell.locator(".panel")).to_be_visible()
        expect(bell.locator(".panel")).not_to_have_attribute("aria-busy", "true")
    elif frame.element == "bell" and frame.inbox != "empty":
        expect(bell.locator(".badge")).not_to_be_empty()


def complaints(page: Page, rules: dict[str, object] = ALL_RULES) -> list[str]:
    """Return what axe finds."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    response = page.evaluate("rules => axe.run(document, rules)", rules)
    return [
        f"{found['id']}: {node['html']} {node['failureSummary']}"
        for found in response["violations"]
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


def reopen_menu(page: Page) -> None:
    """Open the menu again, which stays where it was opened."""
    page.keyboard.press("Escape")
    page.locator("notify-bell .menu").first.dispatch_event("click")
    expect(page.locator("notify-bell").get_by_role("menuitem").first).to_be_focused()


def test_every_state_is_accessible_and_nothing_sticks_out(
    demo: Site, open_browser: OpenBrowser
) -> None:
    context = open_browser(
        reduced_motion="reduce", has_touch=True, permissions=["notifications"], locale="en-GB"
    )
    page = context.new_page()
    page.add_init_script(LISTEN)
    problems: list[str] = []

    for name, frame in FRAMES.items():
        page.emulate_media(forced_colors="none")
        page.set_viewport_size({"width": LOOKS["light"][0], "height": 700})
        show(demo, page, name)
        found = {"all rules": complaints(page)}
        for look in LOOKS:
            set_look(page, look)
            if frame.press == ("menu",):
                reopen_menu(page)
            found[look] = page.evaluate(STICKING_OUT)
            if look == "dark, right to left":
                found["dark"] = complaints(page, RULES_OF_COLOURS)
        # axe reads a colour that the browser does not force; those of the light theme are as dark.
        set_look(page, "light")
        page.emulate_media(forced_colors="active")
        found["forced colours"] = complaints(page, RULES_OF_COLOURS)
        problems += [f"{name}, {look}: {each}" for look in found for each in found[look]]
        assert violations(page) == [], name

    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("language", ["ar", "de", "ja"])
def test_no_language_breaks_the_panel(demo: Site, open_browser: OpenBrowser, language: str) -> None:
    page = open_browser(reduced_motion="reduce", has_touch=True).new_page()
    show(demo, page, "day", f"lang={language}")
    mark_all = page.locator("notify-bell .mark-all")
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(mark_all).not_to_have_text("Mark all read")

    for width in (900, 390, 320):
        page.set_viewport_size({"width": width, "height": 700})
        assert page.evaluate(STICKING_OUT) == []
        box = mark_all.bounding_box()
        assert box is not None
        assert box["height"] == 44, "its text takes one line, or none"


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
          - paragraph: Latest of 3
          - 'link "Unread: Nightly backup failed"'
          - paragraph: No answer from the storage after 30 seconds.
          - paragraph:
            - text: Error
            - time
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
          - menuitem "Mark as read"
          - menuitem "Archive"
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
    show(demo, page, "keys")
    expect(bell.get_by_role("dialog", name="Keys")).to_match_aria_snapshot(
        """
        - dialog "Keys":
          - heading "Keys" [level=2]
          - term: j k ↓ ↑
          - definition: Next or previous
        """
    )
    show(demo, page, "signed-out")
    expect(panel(page)).to_match_aria_snapshot(
        """
        - dialog "Notifications":
          - heading "Notifications" [level=2]
          - button "Preferences"
          - tablist "Notifications"
          - status: You are signed out. Sign in again.
          - tabpanel "All"
          - link "See all notifications"
        """
    )
    show(demo, page, "push-blocked")
    expect(page.locator("notify-push")).to_match_aria_snapshot(
        """
        - group "Notifications on this device":
          - paragraph: Notifications on this device
          - paragraph: /Your browser blocks notifications from this site/
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


SHOWS_FOCUS = """(active) => {
  const isSeen = (pseudo) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(active, pseudo);
    return outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
  };
  return isSeen() || isSeen("::after");
}"""


class Tour:
    """Where the keyboard leads in an element: at every stop, the focus can be seen."""

    def __init__(self, page: Page, element: str) -> None:
        self.page = page
        self.focus = page.locator(f"{element} :focus")

    def press(self, key: str, reaches: str) -> None:
        """Press a key, which moves the focus to what has this name, or gives it this name."""
        self.page.keyboard.press(key)
        expect(self.focus).to_have_accessible_name(reaches)
        assert self.focus.evaluate(SHOWS_FOCUS), f"Nothing shows that {reaches} has the focus."


def test_the_keyboard_alone_reaches_everything(demo: Site, open_browser: OpenBrowser) -> None:
    page = open_browser().new_page()
    show(demo, page, "hundred")
    tour = Tour(page, "notify-bell")

    trigger(page).focus()
    tour.press("Enter", "Notifications")
    expect(panel(page).get_by_role("heading", name="Notifications")).to_be_focused()
    expect(item(page, "Message 130")).to_be_visible()
    tour.press("Tab", "Mark all read")
    tour.press("Tab", "Preferences")
    tour.press("Tab", "All")
    tour.press("ArrowRight", "Unread")
    expect(panel(page).get_by_role("tab", selected=True)).to_have_text("Unread")
    tour.press("ArrowLeft", "All")
    expect(panel(page).get_by_role("tab", selected=True)).to_have_text("All")
    tour.press("j", "Unread: Message 130")
    tour.press("j", "Unread: Message 129")
    tour.press("r", "Message 129")
    tour.press("u", "Unread: Message 129")
    tour.press("Tab", "Archive: Message 129")
    tour.press("Tab", "More: Message 129")
    tour.press("Enter", "Mark as read")
    tour.press("ArrowDown", "Archive")
    tour.press("Escape", "More: Message 129")
    tour.press("Enter", "Mark as read")
    tour.press("End", "Preferences")
    page.keyboard.press("Enter")
    expect(panel(page).get_by_role("switch").first).to_be_visible()
    tour.press("Tab", "Inbox")
    tour.press("Shift+Tab", "Back")
    tour.press("Enter", "Notifications")
    tour.press("Escape", "Notifications, 130 unread")
    expect(panel(page)).to_be_hidden()
    expect(trigger(page)).to_be_focused()
    # Other tests look at the same inbox: the server has to know that nothing was left read.
    page.wait_for_function("() => document.querySelector('notify-bell').client.state.pending === 0")


def test_the_keyboard_alone_reaches_every_toast(demo: Site, open_browser: OpenBrowser) -> None:
    page = open_browser().new_page()
    show(demo, page, "toasts")
    tour = Tour(page, "notify-toasts")

    tour.press("F6", "Mark as read: Nightly backup failed")
    tour.press("Tab", "Close: Nightly backup failed")
    tour.press("Enter", "Mark as read: Disk of db-2 is 90 % full")


def test_the_desk_has_the_colours_that_its_user_has_chosen(
    demo: Site, open_browser: OpenBrowser
) -> None:
    page = open_browser(forced_colors="active").new_page()
    page.goto(demo.url)
    page.get_by_role("button", name="alice").first.click()
    expect(page.locator("notify-bell")).to_have_attribute("data-status", "open")
    assert complaints(page) == []


def test_the_network_is_slow_or_lost_by_button(demo: Site, open_browser: OpenBrowser) -> None:
    context = open_browser(viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.goto(f"{demo.url}/gallery/#closed")
    bell = page.frame_locator("#closed iframe").locator("notify-bell")
    expect(bell).to_have_attribute("data-status", "open")

    page.get_by_role("button", name="lost").click()
    expect(bell).to_have_attribute("data-status", "waiting")
    page.get_by_role("button", name="normal").click()
    expect(bell).to_have_attribute("data-status", "open")
