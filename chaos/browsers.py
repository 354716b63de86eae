"""People at real browsers: Chromium with the bell of the package, its panel open."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

from playwright.sync_api import Browser, Page, sync_playwright

from tests.processes import program

SHOWN = """
() => {
  const root = document.querySelector("notify-bell").shadowRoot;
  return {
    connected: document.querySelector("notify-bell").dataset.status === "open",
    badge: root.querySelector(".badge").textContent,
    rows: [...root.querySelectorAll("li[data-id]")].map((row) => ({
      id: Number(row.dataset.id),
      read: !("unread" in row.dataset),
      title: row.querySelector(".item-title > :last-child").textContent,
    })),
  };
}
"""
"""What a page shows, from its elements: nothing of what the bell knows."""
TIMEOUT = 30_000.0  # milliseconds


class Browsers:
    """A few pages in a browser, each in a profile of its own.

    Playwright belongs to the thread that has started it, so it has one of its own.

    Args:
        people: who sits before each of them.
        doors: the address of the site that each of them visits.
    """

    def __init__(self, people: Sequence[str], doors: Sequence[str]) -> None:
        self._visits = list(zip(people, doors, strict=True))
        self._pages: list[Page] = []
        self._errors: list[str] = []
        self._thread = ThreadPoolExecutor(1)

    def __enter__(self) -> Self:
        if self._visits:
            self._thread.submit(self._open).result()
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._visits:
            self._thread.submit(self._close).result()
        self._thread.shutdown()

    def __len__(self) -> int:
        return len(self._visits)

    def look(self) -> list[dict[str, Any]]:
        """Return what every page shows at this moment."""
        return self._thread.submit(self._look).result()

    def failures(self) -> list[str]:
        """Return the errors that scripts have thrown and nobody has caught, which must not be."""
        return list(self._errors)

    # --- in the thread ---

    def _open(self) -> None:
        self._playwright = sync_playwright().start()
        # Chromium's sandbox refuses to work for root, which is who runs in a container.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        self._browser: Browser = self._playwright.chromium.launch(
            executable_path=program("chromium"), args=arguments
        )
        for person, door in self._visits:
            page = self._browser.new_context().new_page()
            page.set_default_timeout(TIMEOUT)
            page.on("pageerror", lambda error: self._errors.append(f"A page failed: {error}"))
            page.goto(f"{door}/sign-in/{person}/")
            page.goto(f"{door}/page/")
            page.locator("notify-bell .trigger").click()
            page.locator("notify-bell ul.list").wait_for(state="attached")
            self._pages.append(page)

    def _look(self) -> list[dict[str, Any]]:
        pages = zip(self._visits, self._pages, strict=True)
        return [{"person": person, **page.evaluate(SHOWN)} for (person, _), page in pages]

    def _close(self) -> None:
        self._browser.close()
        self._playwright.stop()
