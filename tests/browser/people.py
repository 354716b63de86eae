"""Somebody with an inbox and browsers, as the tests speak of them."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.site import Site

LISTEN = """
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
"""
# An animation without an end is none that anybody waits for.
AT_REST = """
  () => {
    const all = [...document.querySelectorAll("*")];
    const roots = [document, ...all.flatMap(({ shadowRoot }) => shadowRoot ?? [])];
    const ending = roots.flatMap((root) => root.getAnimations())
      .filter(({ effect }) => effect.getComputedTiming().endTime < Infinity);
    return Promise.allSettled(ending.map(({ finished }) => finished)).then(() => null);
  }
"""


@dataclass
class Person:
    """One account of a site, which no other test uses."""

    site: Site
    name: str
    problems: list[str] = field(default_factory=list)
    """What the consoles of their pages complained about."""

    def tell(self, message: str, **arguments: Any) -> float:
        """Notify them from within the server, and return when that began.

        "#" in the message counts up if it is told several times.
        """
        request = urllib.request.Request(
            f"{self.site.url}/tell/{self.name}/",
            json.dumps({"message": message, **arguments}).encode(),
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            began: float = json.load(response)["began"]
        return began

    def tell_from_elsewhere(self, message: str) -> None:
        """Notify them from another process than the server's."""
        self.site.manage("notify", "browser/test", message, "--to", self.name)

    def sign_in(self, context: BrowserContext) -> Page:
        """Open a first page in a browser of theirs."""
        page = context.new_page()
        page.goto(f"{self.site.url}/sign-in/{self.name}/")
        return self.visit(page)

    def open_tab(self, context: BrowserContext) -> Page:
        """Open another page in a browser where they are signed in."""
        return self.visit(context.new_page())

    def visit(self, page: Page) -> Page:
        """Go to the page with the bell."""
        page.add_init_script(LISTEN)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on(
            "console",
            lambda said: (
                self.problems.append(said.text) if said.type in ("error", "warning") else None
            ),
        )
        page.goto(f"{self.site.url}/page/")
        expect(bell(page)).to_have_attribute("data-status", "open")
        return page


def bell(page: Page) -> Locator:
    """Return the element itself."""
    return page.locator("notify-bell")


def trigger(page: Page) -> Locator:
    """Return the button that is the bell."""
    return page.locator("notify-bell .trigger")


def panel(page: Page) -> Locator:
    """Return the panel under the bell."""
    return page.get_by_role("dialog", name="Notifications")


def item(page: Page, text: str) -> Locator:
    """Return the row of a notification."""
    return panel(page).get_by_role("listitem").filter(has_text=text)


def focus(page: Page) -> Locator:
    """Return what has the focus in the bell."""
    return page.locator("notify-bell :focus")


def come_to_rest(page: Page) -> None:
    """Wait until nothing on the page moves or fades any more."""
    page.evaluate(AT_REST)


def expect_unread(page: Page, count: int, *, timeout: float | None = None) -> None:
    """Expect the badge to show a number, and to say it."""
    expect(page.locator("notify-bell .badge")).to_have_text(
        str(count) if count else "", timeout=timeout
    )
    spoken = f"Notifications, {count or 'none'} unread"
    expect(trigger(page)).to_have_accessible_name(spoken)


def violations(page: Page) -> list[str]:
    """Return what the page's security policy has stopped."""
    found: list[str] = page.evaluate("window.violations")
    return found
