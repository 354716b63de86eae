"""A site for the browser.

Synchronous Playwright keeps an event loop running in its thread, where Django refuses to touch a
database. So these tests have a run of their own, and all that concerns the database happens in
the server's process, or in one of manage.py.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.people import Person
from tests.services import Redis
from tests.site import Site, running_site

NUMBERS = count(1)
MIGRATED: dict[str, Path] = {}
"""A database without any data, by the settings: migrating one takes longer than most tests."""

# Whatever is expected comes at once; on a machine that has much else to do, "at once" is a while.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def base_url() -> str:
    """Nothing: every test says where it goes. The plugin's own fixture warns."""
    return ""


def settle_in(site: Site, directory: Path, settings: str) -> None:
    """Give a site a database of its own, and the settings to serve it with."""
    database = directory / "site.sqlite3"
    site.environment["DATABASE_URL"] = f"sqlite:///{database}"
    site.environment["DJANGO_SETTINGS_MODULE"] = settings
    if settings in MIGRATED:
        shutil.copy(MIGRATED[settings], database)
        return
    site.manage("migrate", "--verbosity", "0")
    MIGRATED[settings] = directory / "migrated.sqlite3"
    shutil.copy(database, MIGRATED[settings])


@pytest.fixture(scope="session")
def site(shared_redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site that all tests share which leave it running."""
    directory = tmp_path_factory.mktemp("site")
    with running_site(directory, shared_redis.url) as running:
        settle_in(running, directory, "tests.browser.settings")
        running.start()
        yield running


@pytest.fixture
def own_site(shared_redis: Redis, tmp_path: Path) -> Iterator[Site]:
    """A site of the test's own, whose server may be killed."""
    with running_site(tmp_path, shared_redis.url) as running:
        settle_in(running, tmp_path, "tests.browser.settings")
        running.start()
        yield running


@pytest.fixture
def person(site: Site) -> Person:
    """Somebody without any notification yet."""
    return Person(site, f"person{next(NUMBERS)}")


@pytest.fixture
def open_browser(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Open browsers that share nothing: no cookies, no storage, no connection."""
    contexts: list[BrowserContext] = []

    def open_one(**options: object) -> BrowserContext:
        context = browser.new_context(**options)  # type: ignore[arg-type]
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()
