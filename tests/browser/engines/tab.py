"""A tab of a browser, whichever engine it is."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.browser.engines.png import Colour, pixel

PATIENCE = 15.0
"""How long a page may take to become as expected, in seconds."""
PAUSE = 0.02


class Tab(ABC):
    """What every driver can do, and nothing else: journeys are written with this alone."""

    @abstractmethod
    def go(self, url: str) -> None:
        """Load an address and return when it has loaded."""

    @property
    @abstractmethod
    def address(self) -> str:
        """The address of the page that is shown."""

    @abstractmethod
    def run(self, script: str, *arguments: Any) -> Any:
        """Run the body of a JavaScript function in the page and return what it returns.

        A promise is awaited. The body finds the arguments in `arguments`.
        """

    @abstractmethod
    def press(self, key: str) -> None:
        """Press and release a key, by its name in KeyboardEvent.key, where the focus is."""

    @abstractmethod
    def click(self, x: float, y: float) -> None:
        """Click with the mouse at a point of the viewport, in CSS pixels."""

    @abstractmethod
    def point(self, x: float, y: float) -> None:
        """Move the mouse to a point of the viewport."""

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Give the viewport a size in CSS pixels, at least 450 wide."""

    @abstractmethod
    def screenshot(self, path: Path) -> None:
        """Write what the viewport shows to a PNG file."""

    @abstractmethod
    def open_tab(self) -> Tab:
        """Open another tab in the same browser: the same cookies and storage."""

    @abstractmethod
    def close(self) -> None:
        """Close this tab; with the first tab, the whole browser."""

    def type(self, text: str) -> None:
        """Type a text where the focus is."""
        for character in text:
            self.press(character)

    def wait_for(self, expression: str, *arguments: Any) -> None:
        """Return as soon as a JavaScript expression is true; AssertionError if it never is."""
        self._wait(lambda: bool(self.run(f"return Boolean({expression})", *arguments)), expression)

    def wait_for_address(self, ending: str) -> None:
        """Return as soon as the address ends like this."""
        self._wait(lambda: self.address.endswith(ending), f"an address that ends in {ending}")

    def wait_for_pixel(self, x: float, y: float, colour: Colour, scratch: Path) -> None:
        """Return as soon as a point of the viewport is painted in a colour.

        Args:
            x: CSS pixels from the left.
            y: CSS pixels from the top.
            colour: red, green and blue.
            scratch: a directory for the screenshot.
        """

        def is_painted() -> bool:
            self.screenshot(scratch / "now.png")
            return pixel(scratch / "now.png", x, y) == colour

        self._wait(is_painted, f"{colour} at {x:g}, {y:g}")

    def _wait(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, f"never true in {PATIENCE:.0f} s: {what}"
            time.sleep(PAUSE)
