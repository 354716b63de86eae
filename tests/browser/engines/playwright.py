"""Chromium and Firefox, driven by Playwright."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.engines.tab import Tab


class PlaywrightTab(Tab):
    """A page of a context, which shares nothing with other contexts of the running browser."""

    def __init__(self, page: Page, *, is_first: bool = True) -> None:
        self._page = page
        self._is_first = is_first

    def go(self, url: str) -> None:
        self._page.goto(url)

    @property
    def address(self) -> str:
        # Playwright hears what happens in the browser only while it is asked for something.
        self._page.wait_for_timeout(1)
        return self._page.url

    def run(self, script: str, *arguments: Any) -> Any:
        return self._page.evaluate(
            f"given => (function () {{ {script} }}).apply(null, given)", list(arguments)
        )

    def press(self, key: str) -> None:
        self._page.keyboard.press(key)

    def click(self, x: float, y: float) -> None:
        self._page.mouse.click(x, y)

    def point(self, x: float, y: float) -> None:
        self._page.mouse.move(x, y)

    def resize(self, width: int, height: int) -> None:
        self._page.set_viewport_size({"width": width, "height": height})

    def screenshot(self, path: Path) -> None:
        self._page.screenshot(path=path)

    def open_tab(self) -> PlaywrightTab:
        return PlaywrightTab(self._page.context.new_page(), is_first=False)

    def close(self) -> None:
        if self._is_first:
            self._page.context.close()
        else:
            self._page.close()


def open_tab(browser: Browser, **options: Any) -> PlaywrightTab:
    """Open the first tab of a browser that shares nothing with any other."""
    return PlaywrightTab(browser.new_context(**options).new_page())
