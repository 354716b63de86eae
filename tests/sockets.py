"""A browser in the same process: the real consumer, hub and database, without a server."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from channels.layers import channel_layers
from channels.testing import WebsocketCommunicator
from django.test import Client

from realtime_notify.live.routing import websocket_application
from realtime_notify.wire import push
from realtime_notify.wire.store import Store
from realtime_notify.wire.threads import in_thread
from realtime_notify.wire.vocabulary import Frame

PATIENCE = 5.0


def session_cookie(user: Any) -> str:
    """Sign a user in; give the Cookie header of the session."""
    client = Client()
    client.force_login(user)
    return f"sessionid={client.cookies['sessionid'].value}"


class Browser:
    """One socket, and the view that its frames make."""

    def __init__(self, cookie: str, headers: dict[str, str]) -> None:
        sent = {"host": "testserver", "cookie": cookie} | headers
        self.session_key = cookie.partition("=")[2]
        self.view = Store()
        self._number = 0
        self._socket = WebsocketCommunicator(
            websocket_application(),
            "/ws/notifications/",
            headers=[(name.encode(), value.encode()) for name, value in sent.items() if value],
            subprotocols=["rn.1"],
        )

    async def open(self) -> Browser:
        accepted, subprotocol = await self._socket.connect(timeout=PATIENCE)
        assert accepted
        assert subprotocol == "rn.1"
        return self

    async def send(self, frame: Any) -> None:
        await self.send_text(json.dumps(frame))

    async def send_text(self, text: str) -> None:
        await self._socket.send_to(text_data=text)

    async def send_bytes(self, data: bytes) -> None:
        await self._socket.send_to(bytes_data=data)

    async def any_frame(self) -> Frame:
        """The next frame, whatever it is."""
        text = await self._socket.receive_from(timeout=PATIENCE)
        frame: Frame = json.loads(text)
        return frame

    async def frame(self) -> Frame:
        """The next frame that is no heartbeat we know; heartbeats are answered."""
        while True:
            frame = await self.any_frame()
            if list(frame) == ["rev"]:
                await self.send({"rev": self.view.rev})
            if list(frame) != ["rev"] or self.view.apply(frame) != "ignored":
                return frame

    async def push(self) -> Frame:
        """The next frame, applied."""
        frame = await self.frame()
        assert self.view.apply(frame) == "applied", frame
        return frame

    async def ask(self, **command: Any) -> Frame:
        """Send a command and give its reply; pushes before it are applied."""
        self._number += 1
        await self.send({"id": self._number, **command})
        while True:
            frame = await self.frame()
            if frame.get("id") == self._number:
                return frame
            self.view.apply(frame)

    async def hello(self, since: int | None = None) -> Frame:
        frame = await self.ask(hello={} if since is None else {"since": since})
        if since is None:
            assert self.view.apply(frame) == "applied", frame
        return frame

    async def caught_up(self, rev: int) -> None:
        """Take frames, syncing when told to, until the view is at a rev."""
        while (self.view.rev or 0) < rev:
            frame = await self.frame()
            if self.view.apply(frame) == "sync" or list(frame) == ["rev"]:
                self.view.apply(await self.ask(sync={"since": self.view.rev}))

    async def silence(self, seconds: float = 0.15) -> None:
        """Expect that nothing comes."""
        assert await self._socket.receive_nothing(timeout=seconds, interval=0.01), (
            await self.any_frame()
        )

    async def closed(self) -> tuple[int, dict[str, Any] | None]:
        """Wait for the close; give its code and the good-bye before it."""
        bye = None
        while True:
            message = await self._socket.receive_output(timeout=PATIENCE)
            if message["type"] == "websocket.close":
                await self.leave()
                return message["code"], bye
            bye = json.loads(message["text"]).get("bye")

    async def leave(self) -> None:
        if not self._socket.future.done():
            await self._socket.disconnect(timeout=PATIENCE)


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
    """Open browsers: await browse(alice) is connected and greeted."""
    browsers: list[Browser] = []

    async def open_browser(user: Any = None, *, greet: bool = True, **headers: str) -> Browser:
        cookie = await in_thread("commands", session_cookie, user) if user is not None else ""
        browser = Browser(cookie, headers)
        browsers.append(browser)
        await browser.open()
        if greet:
            await browser.hello()
        return browser

    yield open_browser
    for browser in browsers:
        await browser.leave()
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
    return await in_thread("commands", call, *args, **kwargs)
