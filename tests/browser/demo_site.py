"""The demo as `make run` serves it, with its people in it."""

from __future__ import annotations

import contextlib
import urllib.request
from collections.abc import Iterator

import pytest

from tests.browser.conftest import settle_in
from tests.services import Redis
from tests.site import Server, Site, running_site


class DemoServer(Server):
    """The server that `make run` starts: it serves the static files as well."""

    def command(self) -> list[str]:
        """Return the command that serves the demo in the foreground."""
        return [*super().command()[:-1], "demo.asgi:application"]

    def answers(self) -> bool:
        """Say whether the front page can be reached."""
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"{self.url}/", timeout=2) as response,
        ):
            return bool(response.status == 200)
        return False


@pytest.fixture(scope="module")
def demo(shared_redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo, which the tests of a module share."""
    directory = tmp_path_factory.mktemp("demo")
    with running_site(directory, shared_redis.url) as site:
        settle_in(site, directory, "demo.settings")
        site.manage("demo")
        server = DemoServer(site.environment, directory / "daphne.log")
        site.servers.append(server)
        server.start()
        yield site
