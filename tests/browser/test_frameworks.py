"""The bell and the client beside frameworks, by the recipes of the documentation."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocket, expect

from tests.browser.conftest import NUMBERS, settle_in
from tests.browser.files import served
from tests.browser.people import Person, bell, expect_unread, item, trigger
from tests.pages import ROOT, labelled
from tests.services import Redis
from tests.site import Site, running_site

FRONTEND = ROOT / "frontend"
APP = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>An app</title>
<body><ul></ul><script type="module" src="app.js"></script></body></html>"""


@pytest.fixture(scope="module")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app that a bundler has made of the npm package, on an origin of its own."""
    directory = tmp_path_factory.mktemp("app")
    (directory / "index.html").write_text(APP)
    (directory / "main.js").write_text(labelled("frameworks-app"))
    (directory / "node_modules").mkdir()
    subprocess.run(["node", "package.mjs"], cwd=FRONTEND, check=True)
    (directory / "node_modules/realtime-notify").symlink_to(FRONTEND)
    esbuild = [str(FRONTEND / "node_modules/.bin/esbuild"), "main.js", "--bundle", "--splitting"]
    options = ["--format=esm", "--outdir=.", "--entry-names=app", "--log-level=warning"]
    subprocess.run([*esbuild, *options], cwd=directory, check=True)
    with served(directory) as url:
        yield url


@pytest.fixture(scope="module")
def site(
    app_url: str, shared_redis: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The site with the pages of the recipes."""
    directory = tmp_path_factory.mktemp("frameworks")
    with running_site(directory, shared_redis.url) as running:
        running.environment["APP_ORIGINS"] = json.dumps([app_url])
        settle_in(running, directory, "tests.browser.frameworks_settings")
        running.start()
        yield running


@pytest.fixture
def person(site: Site) -> Person:
    """Somebody without any notification yet."""
    return Person(site, f"framed{next(NUMBERS)}")


@pytest.fixture
def sockets() -> list[WebSocket]:
    """The sockets that a page has opened."""
    return []


def visit(person: Person, context: BrowserContext, path: str, sockets: list[WebSocket]) -> Page:
    """Open a page of a recipe, signed in."""
    page = context.new_page()
    page.goto(f"{person.site.url}/sign-in/{person.name}/")
    page.on("websocket", lambda socket: sockets.append(socket))
    page.goto(f"{person.site.url}{path}")
    expect(bell(page)).to_have_attribute("data-status", "open")
    return page


@pytest.mark.parametrize("framework", ["htmx", "turbo"])
def test_navigation_that_replaces_the_body_keeps_one_client(
    person: Person, context: BrowserContext, sockets: list[WebSocket], framework: str
) -> None:
    page = visit(person, context, f"/{framework}/1/", sockets)
    page.evaluate(
        """window.received = 0; window.first = document;
        document.addEventListener("notify-received", () => { window.received += 1; });"""
    )

    for number in (2, 3):
        trigger(page).click()
        expect(bell(page)).to_have_attribute("data-open", "")  # Turbo keeps a copy of an open bell
        page.get_by_role("link", name="Next").evaluate("(link) => link.click()")
        expect(page.get_by_role("heading", name=f"Page {number}")).to_be_visible()
    person.tell("Tea is ready")

    expect_unread(page, 1)
    assert page.evaluate("[window.first === document, window.received]") == [True, 1]
    page.go_back()
    expect(page.get_by_role("heading", name="Page 2")).to_be_visible()
    expect_unread(page, 1)
    trigger(page).click()
    expect(item(page, "Tea is ready")).to_be_visible()
    assert len(sockets) == 1


def test_a_component_of_alpine_hears_the_bell(
    person: Person, context: BrowserContext, sockets: list[WebSocket]
) -> None:
    page = visit(person, context, "/alpine/1/", sockets)
    expect(page.locator("output")).to_have_text("0")

    person.tell("Tea is ready")

    expect(page.locator("output")).to_have_text("1")
    expect(page.get_by_text("Tea is ready")).to_be_visible()


def test_an_app_on_another_origin_lives_by_its_token(
    person: Person, app_url: str, open_browser: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    person.sign_in(open_browser()).close()  # makes the account
    with urllib.request.urlopen(f"{person.site.url}/token/{person.name}/") as response:
        token = response.read().decode()
    context = open_browser()
    context.add_init_script(f"sessionStorage.setItem('token', {json.dumps(token)})")
    page = context.new_page()
    page.goto(f"{app_url}/?api={person.site.url}")
    expect(page).to_have_title("0 unread")

    person.tell("Tea is ready")

    expect(page.get_by_role("listitem")).to_have_text(["Tea is ready"])
    expect(page).to_have_title("1 unread")
    page.get_by_role("listitem").click()
    expect(page).to_have_title("0 unread")
    assert context.cookies() == []
