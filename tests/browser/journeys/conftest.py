"""Every journey runs in every engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright

from tests.browser.engines.engine import Chromium, Engine, Firefox, WebKit
from tests.browser.engines.tab import Tab
from tests.browser.journeys.bell import Bell
from tests.browser.people import Person


@pytest.fixture(scope="session", params=["chromium", "firefox", "webkit"])
def engine(request: pytest.FixtureRequest, playwright: Playwright) -> Iterator[Engine]:
    """One of the three engines, started once."""
    engine: Engine
    if request.param == "chromium":
        engine = Chromium(request.getfixturevalue("browser"))
    else:
        engine = Firefox(playwright) if request.param == "firefox" else WebKit()
    yield engine
    engine.close()


@pytest.fixture
def tab(engine: Engine) -> Iterator[Tab]:
    """The first tab of a browser that shares nothing: no cookies, no storage, no connection."""
    tab = engine.open_tab()
    yield tab
    tab.close()


@pytest.fixture
def bell(person: Person, tab: Tab) -> Bell:
    """The bell on a page where the person is signed in."""
    return Bell(tab).sign_in(person)
