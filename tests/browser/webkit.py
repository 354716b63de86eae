"""WebKit, Safari's engine, driven by plain W3C WebDriver.

Playwright brings WebKit along only in a build of its own, which Debian does not have. Debian has
WebKitGTK, whose driver speaks the standard: https://www.w3.org/TR/webdriver2/.

Safari itself runs on Apple's systems only: what passes here passes in its engine.
"""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.processes import Service, ServiceError, program

TIMEOUT = 30.0
"""How long a command may take, in seconds."""
PATIENCE = 10.0
"""How long the page may take to become as expected, in seconds."""

# https://www.w3.org/TR/webdriver2/#keyboard-actions
KEYS = {
    "Tab": "\ue004",
    "Enter": "\ue007",
    "Escape": "\ue00c",
    "End": "\ue010",
    "Home": "\ue011",
    "ArrowUp": "\ue013",
    "ArrowDown": "\ue015",
}


class Display(Service):
    """An X server without a screen. X display N is TCP port 6000 + N."""

    name = "xvfb"

    @property
    def number(self) -> int:
        """The number of the display."""
        return self.port - 6000

    def command(self) -> list[str]:
        screen = ("-screen", "0", "1400x1000x24")
        return [program("Xvfb"), f":{self.number}", *screen, "-listen", "tcp"]


class Driver(Service):
    """WebKit's WebDriver, whose browsers show on the display."""

    name = "webkit-driver"

    def __init__(self, display: Display) -> None:
        super().__init__()
        self._display = display

    @property
    def url(self) -> str:
        """Where it takes commands."""
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        variables = {
            "DISPLAY": f":{self._display.number}",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "GSETTINGS_BACKEND": "memory",
            "NO_AT_BRIDGE": "1",
        }
        if os.geteuid() == 0:
            # WebKit refuses to start its sandbox as root.
            variables["WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS"] = "1"
        environment = [f"{name}={value}" for name, value in variables.items()]
        return ["env", *environment, program("WebKitWebDriver"), f"--port={self.port}"]


class WebDriverError(Exception):
    """A command that the driver or the page refused."""


class Page:
    """The only page of a browser that shares nothing with any other."""

    def __init__(self, session_url: str) -> None:
        self._url = session_url

    def go(self, url: str) -> None:
        """Load an address and return when it has loaded."""
        _request("POST", f"{self._url}/url", {"url": url})

    @property
    def address(self) -> str:
        """The address of the page that is shown."""
        address: str = _request("GET", f"{self._url}/url")
        return address

    def run(self, script: str, *arguments: Any) -> Any:
        """Run the body of a JavaScript function in the page and return what it returns."""
        body = {"script": script, "args": list(arguments)}
        return _request("POST", f"{self._url}/execute/sync", body)

    def wait_for(self, expression: str) -> None:
        """Return as soon as a JavaScript expression is true; AssertionError if it never is."""
        deadline = time.monotonic() + PATIENCE
        while not self.run(f"return Boolean({expression})"):
            assert time.monotonic() < deadline, f"never true in {PATIENCE} s: {expression}"
            time.sleep(0.05)

    def press(self, key: str) -> None:
        """Press and release a key, where the focus is."""
        value = KEYS.get(key, key)
        strokes = [{"type": kind, "value": value} for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keyboard", "actions": strokes})

    def click(self, x: float, y: float) -> None:
        """Click with the mouse at a point of the viewport, in CSS pixels."""
        move = {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0}
        strokes = [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        self._act({"type": "pointer", "id": "mouse", "actions": [move, *strokes]})

    def resize(self, width: int, height: int) -> None:
        """Give the window a size, its frame included, in CSS pixels."""
        _request("POST", f"{self._url}/window/rect", {"width": width, "height": height})

    def screenshot(self, path: Path) -> None:
        """Write what the viewport shows to a PNG file."""
        path.write_bytes(base64.b64decode(_request("GET", f"{self._url}/screenshot")))

    def close(self) -> None:
        """End the browser."""
        _request("DELETE", self._url)

    def _act(self, source: dict[str, Any]) -> None:
        _request("POST", f"{self._url}/actions", {"actions": [source]})


@contextmanager
def running_driver() -> Iterator[Driver]:
    """Run the driver on a display of its own."""
    with Display() as display, Driver(display) as driver:
        yield driver


def open_page(driver: Driver) -> Page:
    """Start a browser and return its page."""
    options = {"binary": str(_mini_browser()), "args": ["--automation"]}
    wanted = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}
    body = {"capabilities": {"alwaysMatch": wanted}}
    session = _request("POST", f"{driver.url}/session", body)
    return Page(f"{driver.url}/session/{session['sessionId']}")


def _mini_browser() -> Path:
    """Return the browser that Debian ships with the library, in the library's directory."""
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    if not found:
        raise ServiceError("MiniBrowser is not installed. tests/system_packages.sh installs it.")
    return found[-1]


def _request(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    """Send a command and return its value; WebDriverError if it failed."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            return json.load(response)["value"]
    except urllib.error.HTTPError as error:
        problem = json.load(error)["value"]
        raise WebDriverError(f"{problem['error']}: {problem['message']}") from None
