"""A browser in the same process: the real conversation, hub and database, without a server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from channels.layers import channel_layers
from django.test import Client

from realtime_notify.testing.client import NotificationClient
from realtime_notify.wire import push
from realtime_notify.wire.threads import in_thread

PATIENCE = 30.0  # seconds that a test waits for what must come, on however busy a machine


def sign_in(user: Any) -> str:
    """Sign a user in, and return the key of the session."""
    client = Client()
    client.force_login(user)
    return str(client.cookies["sessionid"].value)


class Browser(NotificationClient):
    """A client that is signed in by a session cookie, as real browsers are."""

    def __init__(self, session_key: str | None, headers: dict[str, str], *, greet: bool) -> None:
        sent = {"host": "testserver", "cookie": f"sessionid={session_key}" if session_key else ""}
        super().__init__(
            headers=tuple(
                (name.encode(), value.encode()) for name, value in (sent | headers).items() if value
            ),
            say_hello=greet,
            timeout=PATIENCE,
        )
        self.session_key = session_key

    async def refused(self, **hello: Any) -> int:
        """Say hello, and return the code with which the server closes the socket instead."""
        await self.send({"id": 1, "hello": hello})
        return await self.closed()


@pytest.fixture(autouse=True)
def swift(settings: Any) -> None:
    """Nothing runs by itself that a test has not asked for."""
    settings.REALTIME_NOTIFY = {"HEAL_INTERVAL": 60, "SWEEP_INTERVAL": 0, "PING_INTERVAL": 60}


@pytest.fixture
def tune(settings: Any) -> Callable[..., None]:
    """Change settings: tune(HEAL_INTERVAL=0.1)."""

    def change(**values: Any) -> None:
        settings.REALTIME_NOTIFY = {**settings.REALTIME_NOTIFY, **values}

    return change


@pytest_asyncio.fixture
async def browse(transactional_db: None) -> AsyncIterator[Callable[..., Any]]:
    """Open browsers: await browse(alice) is connected and has said hello."""
    browsers: list[Browser] = []

    async def open_browser(user: Any = None, *, greet: bool = True, **headers: str) -> Browser:
        session_key = await in_db(sign_in, user) if user is not None else None
        browser = Browser(session_key, headers, greet=greet)
        browsers.append(browser)
        return await browser.connect()

    yield open_browser
    for browser in browsers:
        await browser.disconnect()
    # What a test pushed last must not reach the next one.
    await asyncio.to_thread(push.flush, PATIENCE)


@contextlib.contextmanager
def layer_is(layer: Any) -> Iterator[None]:
    """Put another channel layer in the place of the configured one."""
    before = channel_layers.backends
    channel_layers.backends = {"default": layer}
    try:
        yield
    finally:
        channel_layers.backends = before


async def in_db(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Run what queries the database, in a thread and so outside of any transaction."""
    return await in_thread("chores", call, *args, **kwargs)
