"""`python -m demo.gallery.pictures`: takes the pictures of the documentation in the gallery.

It needs a running demo: `python -m demo.gallery.pictures http://127.0.0.1:8000`.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from demo.gallery.frames import FRAMES

IMAGES = Path(__file__).parents[2] / "docs" / "images"
QUALITY = 82
WIDTH = 440
DESK: dict[str, Any] = {"viewport": {"width": WIDTH + 160, "height": 660}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 660}, "has_touch": True}
CONTRAST = {**DESK, "forced_colors": "active", "color_scheme": "dark"}

PICTURES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("bell-light", "day", "theme=light", DESK),
    ("bell-dark", "day", "theme=dark", DESK),
    ("menu", "menu", "theme=light", DESK),
    ("preferences", "preferences", "theme=light", DESK),
    ("right-to-left", "arabic", "theme=light", DESK),
    ("compact", "compact", "theme=dark", DESK),
    (
        "high-contrast",
        "day",
        "theme=dark",
        CONTRAST,
    ),
    ("phone", "day", "theme=light", PHONE),
    ("toasts", "toasts", "theme=light", DESK),
)
"""The name of a file, the frame it shows, its looks and its browser."""


def take(browser: Browser, site: str, picture: tuple[str, str, str, dict[str, Any]]) -> Path:
    """Take one picture and return where it is."""
    name, shown, looks, options = picture
    frame = FRAMES[shown]
    context = browser.new_context(**options, device_scale_factor=1.5, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{site}/gallery/{frame.inbox}/frame/{shown}/?{looks}")
    page.locator("notify-bell[data-status=open]").wait_for()
    if frame.element == "toasts":
        page.get_by_role("button", name="Let three arrive").click()
        page.locator("notify-toasts .toast").nth(2).wait_for()
    else:
        page.locator("notify-bell .panel:popover-open .item-icon").first.wait_for(state="attached")
    if frame.press:
        page.locator("notify-bell [role=menuitem], notify-bell [role=switch]").first.wait_for()
    if frame.press == ("settings",):
        # A ring is for those who came by keyboard.
        page.locator("notify-bell .preferences .title").evaluate("(title) => title.blur()")
    page.wait_for_load_state("networkidle")
    # What names the frame is no part of the element.
    for words in page.locator(".brand, .frame-title, #arrive").all():
        words.evaluate("(element) => { element.style.visibility = 'hidden'; }")
    path = IMAGES / f"{name}.webp"
    path.write_bytes(_picture(page, frame.inbox == "arabic", options is PHONE))
    context.close()
    return path


def _picture(page: Page, from_start: bool, whole: bool) -> bytes:
    size = page.viewport_size
    if size is None:
        raise RuntimeError("The page has no size; give its context a viewport.")
    width = size["width"] if whole else WIDTH
    x = 0 if whole or from_start else size["width"] - WIDTH
    clip = {"x": x, "y": 0, "width": width, "height": size["height"], "scale": 1}
    asked = {"format": "webp", "quality": QUALITY, "clip": clip}
    taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", asked)
    return base64.b64decode(taken["data"])


def main() -> None:
    """Take all pictures."""
    site = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        for picture in PICTURES:
            path = take(browser, site, picture)
            sys.stdout.write(f"{path.name}: {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
