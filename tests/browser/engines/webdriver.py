"""W3C WebDriver, https://www.w3.org/TR/webdriver2/, without a library in between."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.engines.tab import Tab

TIMEOUT = 30.0
"""How long a command may take, in seconds."""

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


class WebDriverError(Exception):
    """A command that the driver or the page refused."""


@dataclass
class Session:
    """A browser that shares nothing with any other."""

    url: str
    current: str
    """The handle of the tab that commands go to."""

    def command(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send a command that concerns the session or its current tab."""
        return request(method, f"{self.url}{path}", body)


class WebDriverTab(Tab):
    """A tab of a session."""

    def __init__(self, session: Session, handle: str, *, is_first: bool = True) -> None:
        self._session = session
        self._handle = handle
        self._is_first = is_first

    def go(self, url: str) -> None:
        self._command("POST", "/url", {"url": url})

    @property
    def address(self) -> str:
        address: str = self._command("GET", "/url")
        return address

    def run(self, script: str, *arguments: Any) -> Any:
        body = {"script": script, "args": list(arguments)}
        return self._command("POST", "/execute/sync", body)

    def press(self, key: str) -> None:
        value = KEYS.get(key, key)
        strokes = [{"type": kind, "value": value} for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keyboard", "actions": strokes})

    def click(self, x: float, y: float) -> None:
        strokes = [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        self._act({"type": "pointer", "id": "mouse", "actions": [_move(x, y), *strokes]})

    def point(self, x: float, y: float) -> None:
        self._act({"type": "pointer", "id": "mouse", "actions": [_move(x, y)]})

    def resize(self, width: int, height: int) -> None:
        # WebDriver sizes windows, frame included.
        inner = self.run("return [innerWidth, innerHeight]")
        outer = self._command("GET", "/window/rect")
        frame = (outer["width"] - inner[0], outer["height"] - inner[1])
        rect = {"width": width + frame[0], "height": height + frame[1]}
        self._command("POST", "/window/rect", rect)
        size = "innerWidth === arguments[0] && innerHeight === arguments[1]"
        self.wait_for(size, width, height)

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self._command("GET", "/screenshot")))

    def open_tab(self) -> WebDriverTab:
        new = self._command("POST", "/window/new", {"type": "tab"})
        return WebDriverTab(self._session, new["handle"], is_first=False)

    def close(self) -> None:
        self._command("DELETE", "" if self._is_first else "/window")

    def _act(self, source: dict[str, Any]) -> None:
        self._command("POST", "/actions", {"actions": [source]})

    def _command(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        if self._session.current != self._handle:
            self._session.command("POST", "/window", {"handle": self._handle})
            self._session.current = self._handle
        return self._session.command(method, path, body)


def open_tab(driver_url: str, **capabilities: Any) -> WebDriverTab:
    """Start a browser that shares nothing with any other and return its first tab."""
    body = {"capabilities": {"alwaysMatch": capabilities}}
    identifier = request("POST", f"{driver_url}/session", body)["sessionId"]
    session_url = f"{driver_url}/session/{identifier}"
    handle = request("GET", f"{session_url}/window")
    return WebDriverTab(Session(session_url, handle), handle)


def request(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    """Send a command and return its value; WebDriverError if it failed."""
    data = None if body is None else json.dumps(body).encode()
    command = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(command, timeout=TIMEOUT) as response:
            return json.load(response)["value"]
    except urllib.error.HTTPError as error:
        problem = json.load(error)["value"]
        raise WebDriverError(f"{problem['error']}: {problem['message']}") from None


def _move(x: float, y: float) -> dict[str, Any]:
    return {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0}
