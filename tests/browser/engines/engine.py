"""The engines: each opens browsers that share nothing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import ExitStack
from functools import cached_property

from playwright.sync_api import Browser, Playwright

from tests.browser.engines import playwright as playwright_tabs
from tests.browser.engines.tab import Tab
from tests.browser.engines.webkit import Display, Driver
from tests.processes import program


class Engine(ABC):
    """Opens browsers, as few as possible of which are processes of their own."""

    name: str

    def __init__(self) -> None:
        self._started = ExitStack()

    @abstractmethod
    def open_tab(self, *, less_motion: bool = False) -> Tab:
        """Open the first tab of a browser without cookies or storage."""

    def close(self) -> None:
        """End all that was started."""
        self._started.close()


class Chromium(Engine):
    """The Chromium that all tests share."""

    name = "chromium"

    def __init__(self, browser: Browser) -> None:
        super().__init__()
        self._browser = browser

    def open_tab(self, *, less_motion: bool = False) -> Tab:
        options = {"reduced_motion": "reduce"} if less_motion else {}
        return playwright_tabs.open_tab(self._browser, **options)


class Firefox(Engine):
    """Debian's Firefox, over WebDriver BiDi; wishes are preferences of a whole process."""

    name = "firefox"

    def __init__(self, playwright: Playwright) -> None:
        super().__init__()
        self._playwright = playwright

    def open_tab(self, *, less_motion: bool = False) -> Tab:
        return playwright_tabs.open_tab(self._still if less_motion else self._browser)

    @cached_property
    def _browser(self) -> Browser:
        return self._launch({})

    @cached_property
    def _still(self) -> Browser:
        return self._launch({"ui.prefersReducedMotion": 1})

    def _launch(self, preferences: dict[str, str | float | bool]) -> Browser:
        browser = self._playwright.firefox.launch(
            executable_path=program("firefox-esr"),
            channel="moz-firefox",
            firefox_user_prefs=preferences,
        )
        self._started.callback(browser.close)
        return browser


class WebKit(Engine):
    """Debian's WebKitGTK; wishes are settings of a whole driver."""

    name = "webkit"

    def open_tab(self, *, less_motion: bool = False) -> Tab:
        try:
            return (self._still if less_motion else self._driver).open_tab()
        except TimeoutError:
            # Now and then a browser starts and never speaks to its driver, which waits for it.
            vars(self).pop("_still" if less_motion else "_driver")
            return (self._still if less_motion else self._driver).open_tab()

    @cached_property
    def _display(self) -> Display:
        return self._started.enter_context(Display())

    @cached_property
    def _driver(self) -> Driver:
        return self._started.enter_context(Driver(self._display))

    @cached_property
    def _still(self) -> Driver:
        return self._started.enter_context(Driver(self._display, less_motion=True))
