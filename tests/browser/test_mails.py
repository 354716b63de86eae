"""Mails as people see them: on phone and desk, light and dark, read from left and from right."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from tests.browser.mails import KINDS, LANGUAGES
from tests.site import ROOT

WIDTHS = (600, 320)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
RULES = {"runOnly": ["wcag2a", "wcag2aa"]}
"""What axe looks for; among it, a contrast of at least 4.5."""


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the mails in a process of its own, which has a database."""
    directory = tmp_path_factory.mktemp("mails")
    subprocess.run(
        [sys.executable, "-m", "tests.browser.mails", str(directory)], cwd=ROOT, check=True
    )
    return directory


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_is_readable(mails: Path, page: Page, language: str, kind: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    address = (mails / f"{kind}-{language}.html").as_uri()
    page.goto(address)

    for width, scheme in product(WIDTHS, SCHEMES):
        page.set_viewport_size({"width": width, "height": 700})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert complaints(page) == [], (width, scheme)
        lightness = 60 if scheme == "dark" else 200
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        channels = [int(number) for number in background.strip("rgb()").split(",")]
        assert all((channel < lightness) == (scheme == "dark") for channel in channels)
    assert asked == [address]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bar_of_an_entry_stands_where_reading_begins(
    mails: Path, open_browser: Callable[..., BrowserContext], language: str
) -> None:
    page = open_browser(viewport={"width": 600, "height": 700}).new_page()
    page.goto((mails / f"digest-{language}.html").as_uri())

    bar = page.locator(".bar").first.bounding_box()
    text = page.locator(".message").first.bounding_box()
    assert bar is not None
    assert text is not None
    assert (bar["x"] > text["x"]) == (language == "ar")
    direction = page.evaluate("getComputedStyle(document.querySelector('.card')).direction")
    assert direction == ("rtl" if language == "ar" else "ltr")


def complaints(page: Page) -> list[str]:
    """Return what axe finds."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]
