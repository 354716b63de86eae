"""A client of the socket, inside the test's own process."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser

from realtime_notify.conf import settings
from realtime_notify.live.consumer import ASGIApplication
from realtime_notify.live.routing import websocket_application
from realtime_notify.wire.protocol import SUBPROTOCOL
from realtime_notify.wire.store import Store
from realtime_notify.wire.vocabulary import Frame, Item

Arguments = dict[str, Any]
TIMEOUT = 5.0


class Closed(AssertionError):
    """The server closed the socket. `code` says why; see `realtime_notify.wire.protocol.Close`."""

    def __init__(self, code: int) -> None:
        super().__init__(f"The server closed the socket with code {code}.")
        self.code = code


class NotificationClient:
    """One browser of one user, without the browser.

    It says hello, keeps a view of the inbox as the real client does, and answers heartbeats::

        async with NotificationClient(alice) as client:
            await anotify("The kettle is on", "kitchen/kettle", recipients=[alice])
            await client.receive_until(lambda view: view.unread == 1)
            await client.mark_read(ids=[client.items[0]["id"]])
            assert client.view.unread == 0

    The server reads the database in threads of its own, which do not see a test's open
    transaction: use a `TransactionTestCase`, or the fixture `notify_client`.
    """

    def __init__(
        self,
        user: Any = None,
        *,
        since: int | None = None,
        say_hello: bool = True,
        headers: tuple[tuple[bytes, bytes], ...] = (),
        application: ASGIApplication | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        """Prepare a client; `async with` connects it.

        Args:
            user: who is signed in; None is nobody.
            since: the rev this browser has seen; None is a first visit.
            say_hello: whether to say hello at once.
            headers: of the request that opens the socket, such as a cookie or an origin.
            application: the ASGI application, if not that of this package alone.
            timeout: seconds to wait for anything.
        """
        path = settings.WEBSOCKET_PATH
        self.view = Store()
        """What this browser shows."""
        self.frames: list[Frame] = []
        """Everything received, in order."""
        self.timeout = timeout
        self._since = since
        self._say_hello = say_hello
        self._last_id = 0
        self._asked: dict[int | None, tuple[str, Arguments]] = {}
        self._syncing = False
        self._waiting: deque[Frame] = deque()
        self._socket = WebsocketCommunicator(
            application or websocket_application(), path, list(headers), [SUBPROTOCOL]
        )
        if user is not None or not headers:
            self._socket.scope["user"] = AnonymousUser() if user is None else user

    @property
    def items(self) -> list[Item]:
        """The items this browser shows, newest first."""
        return self.view.list()

    async def __aenter__(self) -> NotificationClient:
        """Connect, and say hello unless told not to."""
        await self._socket.connect(timeout=self.timeout)
        if self._say_hello:
            await self.hello(self._since)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Disconnect."""
        await self.disconnect()

    async def disconnect(self) -> None:
        """Close the socket, as a browser that leaves the page. May be called again."""
        server = self._socket.future
        if not server.done():
            await self._socket.disconnect(timeout=self.timeout)
        elif not server.cancelled():  # as it is when something was waited for in vain
            server.result()

    # --- commands ---

    async def hello(self, since: int | None = None) -> Frame:
        """Say hello, and return the answer: what changed since, or the first page."""
        return await self.ask("hello", {} if since is None else {"since": since})

    async def mark_read(self, *, ids: list[int] | None = None, upto: int | None = None) -> Frame:
        """Mark as read, and return the answer."""
        return await self.ask("read", _which(ids, upto))

    async def mark_unread(self, *, ids: list[int] | None = None, upto: int | None = None) -> Frame:
        """Mark as unread, and return the answer."""
        return await self.ask("unread", _which(ids, upto))

    async def mark_seen(self, *, upto: int) -> Frame:
        """Mark as seen, and return the answer."""
        return await self.ask("seen", {"upto": upto})

    async def archive(self, *, ids: list[int] | None = None, upto: int | None = None) -> Frame:
        """Archive, and return the answer."""
        return await self.ask("archive", _which(ids, upto))

    async def unarchive(self, *, ids: list[int] | None = None, upto: int | None = None) -> Frame:
        """Take out of the archive, and return the answer."""
        return await self.ask("unarchive", _which(ids, upto))

    async def delete(self, *, ids: list[int] | None = None, upto: int | None = None) -> Frame:
        """Delete, and return the answer."""
        return await self.ask("delete", _which(ids, upto))

    async def snooze(self, *, ids: list[int], until: str) -> Frame:
        """Put away until a moment in ISO 8601, and return the answer."""
        return await self.ask("snooze", {"ids": ids, "until": until})

    async def subscribe(self, key: str, target: str | None = None) -> Frame:
        """Subscribe to a type, or to one object as "app.model:pk", and return the answer."""
        return await self.ask("subscribe", {"key": key, "target": target})

    async def unsubscribe(self, key: str, target: str | None = None) -> Frame:
        """End what `subscribe()` with the same arguments began, and return the answer."""
        return await self.ask("unsubscribe", {"key": key, "target": target})

    async def load_more(self) -> Frame:
        """Extend the view downwards by one page, and return the answer."""
        return await self.ask("page", {"before": self.view.next})

    async def sync(self) -> Frame:
        """Ask for what changed since the rev of the view, and return the answer."""
        return await self.ask("sync", {"since": self.view.rev})

    async def ask(self, verb: str, arguments: Arguments) -> Frame:
        """Send a command and return its answer; what comes before it is taken on the way."""
        id = await self._send_command(verb, arguments)
        while True:
            frame = await self._receive()
            if frame.get("id") == id:
                return frame
            self._waiting.append(frame)

    async def send(self, frame: Mapping[str, object] | str | bytes) -> None:
        """Send a frame as it is, right or wrong."""
        if isinstance(frame, bytes):
            await self._socket.send_to(bytes_data=frame)
        else:
            await self._socket.send_to(frame if isinstance(frame, str) else json.dumps(frame))

    # --- what comes ---

    async def receive(self) -> Frame:
        """Return the next frame that no command has waited for.

        Raises:
            Closed: the server closed the socket.
            AssertionError: nothing came in time.
        """
        return self._waiting.popleft() if self._waiting else await self._receive()

    async def receive_until(self, condition: Callable[[Store], bool]) -> Store:
        """Take frames until the view is as wanted, and return it.

        Raises:
            Closed: the server closed the socket.
            AssertionError: it did not become so in time.
        """
        self._waiting.clear()  # taken already; only the view matters here
        while not condition(self.view):
            await self._receive()
        return self.view

    async def receive_nothing(self, seconds: float = 0.2) -> bool:
        """Tell whether nothing comes for a while."""
        return not self._waiting and bool(await self._socket.receive_nothing(seconds))

    async def closed(self) -> int:
        """Wait for the server to close the socket, and return the code."""
        while True:
            try:
                await self._receive()
            except Closed as closed:
                return closed.code

    async def _receive(self) -> Frame:
        try:
            message = await self._socket.receive_output(self.timeout)
        except TimeoutError:
            raise AssertionError(
                f"Nothing came for {self.timeout} s. The view is {self.view.snapshot()}."
            ) from None
        if message["type"] == "websocket.close":
            raise Closed(message["code"])
        frame: Frame = json.loads(message["text"])
        self.frames.append(frame)
        await self._take(frame)
        return frame

    async def _take(self, frame: Frame) -> None:
        """Do what a browser does with a frame."""
        id = frame.get("id")
        verb, arguments = self._asked.pop(id, ("", {}))
        if frame.keys() == {"rev"}:
            await self.send(frame)
        if verb == "sync":
            self._syncing = False
        if "error" in frame or "bye" in frame:
            return
        if verb == "page":
            if arguments.get("before") != self.view.next:
                return  # asked for before a reset: it continues a list that is no more
            outcome: str = self.view.apply_page(frame)
        else:
            outcome = self.view.apply(frame)
        if outcome == "sync" and not self._syncing:
            self._syncing = True
            await self._send_command("sync", {"since": self.view.rev})

    async def _send_command(self, verb: str, arguments: Arguments) -> int:
        self._last_id += 1
        self._asked[self._last_id] = (verb, arguments)
        await self.send({"id": self._last_id, verb: arguments})
        return self._last_id


def _which(ids: list[int] | None, upto: int | None) -> Arguments:
    return {"upto": upto} if ids is None else {"ids": ids}
