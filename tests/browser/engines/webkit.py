"""WebKit, Safari's engine, in the build that Debian has: WebKitGTK.

Playwright brings WebKit along only in a build of its own, which Debian does not have. Safari itself
runs on Apple's systems only: what passes here passes in its engine.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.browser.engines import webdriver
from tests.processes import Service, ServiceError, program

# GTK's word for "less motion", which WebKit passes on to pages.
STILL = "[Settings]\ngtk-enable-animations=0\n"


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
    """WebKit's WebDriver, whose browsers show on the display, one at a time."""

    name = "webkit-driver"

    def __init__(self, display: Display, *, less_motion: bool = False) -> None:
        super().__init__()
        self._display = display
        if less_motion:
            settings = self.directory / "gtk-3.0" / "settings.ini"
            settings.parent.mkdir()
            settings.write_text(STILL)

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
            "XDG_CONFIG_HOME": str(self.directory),
        }
        if os.geteuid() == 0:
            # WebKit refuses to start its sandbox as root.
            variables["WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS"] = "1"
        environment = [f"{name}={value}" for name, value in variables.items()]
        return ["env", *environment, program("WebKitWebDriver"), f"--port={self.port}"]

    def open_tab(self) -> webdriver.WebDriverTab:
        """Start a browser and return its first tab."""
        options = {"binary": str(_mini_browser()), "args": ["--automation"]}
        capabilities = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}
        return webdriver.open_tab(self.url, **capabilities)


def _mini_browser() -> Path:
    """Return the browser that Debian ships with the library, in the library's directory."""
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    if not found:
        raise ServiceError("MiniBrowser is not installed. tests/system_packages.sh installs it.")
    return found[-1]
