"""A bell on a page, as the journeys speak of it, in whatever engine."""

from __future__ import annotations

from typing import Any

from tests.browser.engines.tab import Tab
from tests.browser.people import Person

IN_BELL = """
  const bell = document.querySelector("notify-bell");
  const find = (selector) => bell.shadowRoot.querySelector(selector);
  const rows = () => [...bell.shadowRoot.querySelectorAll("li[data-id]")];
  const row = (text) => rows().find((each) => each.textContent.includes(text));
  const title = (row) => row.querySelector("[part~=item-title] span:last-child").textContent;
  const isOnTop = (element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const there = bell.shadowRoot.elementFromPoint(x + width / 2, y + height / 2);
    return width > 0 && height > 0 && element.contains(there);
  };
"""


class Bell:
    """The first bell of the page in a tab."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab

    def sign_in(self, person: Person, path: str = "/journey/") -> Bell:
        """Sign somebody in and go to a page with a bell."""
        self.tab.go(f"{person.site.url}/sign-in/{person.name}/")
        return self.visit(person, path)

    def visit(self, person: Person, path: str = "/journey/") -> Bell:
        """Go to a page with a bell and wait until it is live."""
        self.tab.go(f"{person.site.url}{path}")
        return self.wait_for_status("open")

    def run(self, script: str, *arguments: Any) -> Any:
        """Run JavaScript in the page, with `bell`, `find(selector)`, `rows()` and `row(text)`."""
        return self.tab.run(IN_BELL + script, *arguments)

    def wait_for(self, expression: str, *arguments: Any) -> None:
        """Wait until an expression is true, in terms of the same words."""
        self.tab.wait_for(
            f"(function () {{ {IN_BELL} return {expression}; }}).apply(null, arguments)", *arguments
        )

    def wait_for_status(self, status: str) -> Bell:
        """Wait until the connection is in a state."""
        # The element may not be defined yet, so there is nothing to find in it.
        self.tab.wait_for(
            "document.querySelector('notify-bell')?.dataset.status === arguments[0]", status
        )
        return self

    def wait_for_unread(self, count: int) -> None:
        """Wait until the badge shows a number, or nothing for none."""
        badge = str(count or "")
        self.wait_for("find('.badge').textContent === arguments[0]", badge)

    def open(self) -> None:
        """Click on the bell and wait until its panel has come to rest."""
        self.click(".trigger")
        self.wait_for_open()

    def wait_for_open(self) -> None:
        """Wait until the panel is open and has come to rest."""
        self.wait_for(
            "bell.open && find('.panel').getAnimations().every((a) => a.playState === 'finished')"
        )

    def wait_for_closed(self) -> None:
        """Wait until the panel is closed."""
        self.wait_for("!bell.open")

    def click(self, selector: str) -> None:
        """Click in the middle of a part of the bell, as soon as it is what one finds there."""
        self.wait_for("find(arguments[0]) && isOnTop(find(arguments[0]))", selector)
        self.tab.click(*self.run(f"{MIDDLE} return middle(find(arguments[0]))", selector))

    def point(self, selector: str) -> None:
        """Point with the mouse at the middle of a part of the bell."""
        self.tab.point(*self.run(f"{MIDDLE} return middle(find(arguments[0]))", selector))

    def click_in(self, text: str, selector: str) -> None:
        """Click on a control of the row with a text."""
        # Some controls show only while the mouse is over their row.
        self.wait_for("row(arguments[0])", text)
        self.tab.point(*self.run(f"{MIDDLE} return middle(row(arguments[0]))", text))
        self.wait_for("isOnTop(row(arguments[0]).querySelector(arguments[1]))", text, selector)
        place = f"{MIDDLE} return middle(row(arguments[0]).querySelector(arguments[1]))"
        self.tab.click(*self.run(place, text, selector))

    def titles(self) -> list[str]:
        """Return the titles of the rows that are what one finds at their own middle."""
        titles: list[str] = self.run("return rows().filter(isOnTop).map(title)")
        return titles

    def wait_for_titles(self, *titles: str) -> None:
        """Wait until just these rows can be clicked, in this order."""
        self.wait_for("rows().filter(isOnTop).map(title).join() === arguments[0].join()", titles)

    def focused(self) -> str:
        """Return the part of the bell that has the focus, and the row it is in, if any."""
        found: str = self.run(
            """const active = bell.shadowRoot.activeElement;
            if (!active) return "";
            const within = active.closest("li");
            return active.getAttribute("part") + (within ? `: ${title(within)}` : "");"""
        )
        return found

    def held(self) -> str:
        """Return all the text that the page holds in its bell, visible or not."""
        text: str = self.run("return bell.shadowRoot.textContent")
        return text

    def watched(self) -> dict[str, Any]:
        """Return what the page has noted since it began: violations, errors and events."""
        found: dict[str, Any] = self.tab.run("return watched")
        return found

    def fetch(self, person: Person, path: str) -> None:
        """Have the page ask for an address, as another tab of this browser would."""
        self.tab.run(
            "return fetch(arguments[0]).then((answer) => answer.text())", f"{person.site.url}{path}"
        )


MIDDLE = """
  const middle = (element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return [x + width / 2, y + height / 2];
  };
"""
