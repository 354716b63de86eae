"""A client of the socket, inside the test's own process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from realtime_notify.live.asgi import ASGIApplication
from realtime_notify.testing.session import Frame, Outcome, Session, Store, is_heartbeat
from realtime_notify.testing.socket import Closed, Headers, Socket
from realtime_notify.wire.vocabulary import Item

__all__ = ["Closed", "NotificationClient"]

TIMEOUT = 5.0
PAGE_TRIES = 5  # a page is read anew when a push overtakes it; not without end


class NotificationClient:
    """One browser of one user, without the browser.

    It says hello, keeps a store of the inbox as the real client does, answers heartbeats and asks
    for what it missed::

        async with NotificationClient(alice) as client:
            await anotify("The kettle is on", "kitchen/kettle", recipients=[alice])
            await client.receive_until(lambda store: store.unread == 1)
            await client.mark_read(ids=[client.items[0]["id"]])
            assert client.store.unread == 0

    The server reads the database in threads of its own, which do not see a test's open
    transaction: use a `TransactionTestCase`, or the fixture `notify_client`.
    """

    def __init__(
        self,
        user: Any = None,
        *,
        since: int | None = None,
        ticket: str | None = None,
        say_hello: bool = True,
        headers: Headers = (),
        application: ASGIApplication | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        """Prepare a client; `async with` connects it.

        Args:
            user: who is signed in; None is nobody, unless `headers` bring a session cookie or a
                token, or there is a `ticket`.
            since: the rev at which this browser left; None is a first visit.
            ticket: a ticket from ``api/ticket/``, good for one connection.
            say_hello: whether to say hello on connecting.
            headers: of the request that opens the socket, such as a cookie or an origin.
            application: the ASGI application, if not that of this package alone.
            timeout: seconds to wait for anything.
        """
        self.timeout = timeout
        self._session = Session(Store(rev=since))
        self._ticket = ticket
        self._say_hello = say_hello
        self._arrived: deque[tuple[Frame, Outcome]] = deque()
        self._socket = Socket(user, headers, application, timeout)

    @property
    def store(self) -> Store:
        """What this browser shows."""
        return self._session.store

    @property
    def frames(self) -> list[Frame]:
        """Every frame received, in order."""
        return self._session.frames

    @property
    def items(self) -> list[Item]:
        """The items this browser shows, newest first."""
        return self.store.list()

    @property
    def stale(self) -> bool:
        """Whether this browser says that it may be out of date, because the server said so."""
        return self._session.stale

    @property
    def bye(self) -> Frame | None:
        """What the server's last frame said about its closing: code, reason and perhaps retry."""
        return self.frames[-1].get("bye") if self.frames else None

    async def __aenter__(self) -> Self:
        """Connect, and say hello unless asked not to."""
        return await self.connect()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Disconnect."""
        await self.disconnect()

    async def connect(self) -> Self:
        """Open the socket, and say hello unless asked not to.

        Raises:
            AssertionError: the server does not speak the protocol.
            Closed: the server refused the socket, or closed it instead of answering.
        """
        await self._socket.connect()
        if self._say_hello:
            await self.hello()
        return self

    async def disconnect(self) -> None:
        """Close the socket, like a browser that leaves the page. May be called again."""
        await self._socket.disconnect()

    def kill(self) -> None:
        """End the server's side without a word, as servers do at their end."""
        self._socket.kill()

    # --- commands ---

    async def hello(self) -> Frame:
        """Say hello, and return the answer: what changed since, or the first page."""
        answer, _ = await self._ask(self._session.hello(self._ticket))
        return answer

    async def mark_read(self, *, ids: list[int] | None = None, upto: int | None = None) -> Frame:
        """Mark as read, and return the answer."""
        return await self.ask(read=_selection(ids, upto))

    async def mark_unread(self, *, ids: list[int] | None = None, upto: int | None = None) -> Frame:
        """Mark as unread, and return the answer."""
        return await self.ask(unread=_selection(ids, upto))

    async def mark_seen(self, *, upto: int) -> Frame:
        """Mark as seen, and return the answer."""
        return await self.ask(seen={"upto": upto})

    async def archive(self, *, ids: list[int] | None = None, upto: int | None = None) -> Frame:
        """Archive, and return the answer."""
        return await self.ask(archive=_selection(ids, upto))

    async def unarchive(self, *, ids: list[int] | None = None, upto: int | None = None) -> Frame:
        """Take out of the archive, and return the answer."""
        return await self.ask(unarchive=_selection(ids, upto))

    async def delete(self, *, ids: list[int] | None = None, upto: int | None = None) -> Frame:
        """Delete, and return the answer."""
        return await self.ask(delete=_selection(ids, upto))

    async def snooze(self, *, ids: list[int], until: str) -> Frame:
        """Put away until a moment in ISO 8601, and return the answer."""
        return await self.ask(snooze={"ids": ids, "until": until})

    async def subscribe(self, key: str, target: str | None = None) -> Frame:
        """Subscribe to a type, or to one object as "app.model:pk", and return the answer."""
        return await self.ask(subscribe={"key": key, "target": target})

    async def unsubscribe(self, key: str, target: str | None = None) -> Frame:
        """End what `subscribe()` with the same arguments began, and return the answer."""
        return await self.ask(unsubscribe={"key": key, "target": target})

    async def load_more(self) -> Frame:
        """Extend the list downwards by one page, and return the answer."""
        for _ in range(PAGE_TRIES):
            page = self._session.command(page={"before": self.store.next})
            answer, outcome = await self._ask(page)
            if outcome != "stale":
                break
        return answer

    async def sync(self) -> Frame:
        """Ask for what changed since the store's rev, and return the answer."""
        return await self.ask(sync={"since": self.store.rev, "inbox": self.store.inbox})

    async def ask(self, **command: Any) -> Frame:
        """Send a command and return its answer; pushes that come before it are applied.

        Args:
            command: the command's name and its arguments, as in ``ask(read={"upto": 7})``. Further
                fields are sent along.
        """
        answer, _ = await self._ask(self._session.command(**command))
        return answer

    async def send(self, frame: Frame | str | bytes) -> None:
        """Send a frame as it is, right or wrong."""
        await self._socket.send(frame)

    # --- what comes ---

    async def receive(self) -> Frame:
        """Return the next frame that no command has waited for, heartbeats aside.

        A heartbeat with a rev that the store does not have is returned.

        Raises:
            Closed: the server closed the socket.
            AssertionError: nothing came in time.
        """
        frame, _ = await self._next()
        return frame

    async def receive_push(self) -> Frame:
        """Return the next frame, like `receive()`, and see that it has changed the store.

        Raises:
            Closed: the server closed the socket.
            AssertionError: nothing came in time, or something that does not follow on the store.
        """
        frame, outcome = await self._next()
        if outcome != "applied":
            raise AssertionError(f"The frame was not applied but {outcome}: {frame}")
        return frame

    async def receive_raw(self) -> Frame:
        """Return the next frame that arrives, and do nothing about it: answer no heartbeat."""
        try:
            return await self._socket.receive()
        except TimeoutError:
            raise AssertionError(
                f"Nothing came for {self.timeout} s. The store is {self.store.snapshot()}."
            ) from None

    async def receive_until(self, condition: Callable[[Store], bool]) -> Store:
        """Take frames until the store is as wanted, and return it.

        Raises:
            Closed: the server closed the socket.
            AssertionError: it did not become so in time.
        """
        self._arrived.clear()  # applied already; only the store matters here
        while not condition(self.store):
            await self._take()
        return self.store

    async def receive_rev(self, rev: int) -> Store:
        """Take frames until the store is at a rev, and return it.

        Raises:
            Closed: the server closed the socket.
            AssertionError: it did not get there in time.
        """
        return await self.receive_until(lambda store: (store.rev or 0) >= rev)

    async def receive_nothing(self, seconds: float = 0.2) -> bool:
        """Tell whether nothing comes for a while."""
        return not self._arrived and await self._socket.receive_nothing(seconds)

    async def closed(self) -> int:
        """Wait for the server to close the socket, and return the code; `bye` says more."""
        while True:
            try:
                await self._take()
            except Closed as closed:
                await self.disconnect()  # as a browser's end of the socket does by itself
                return closed.code

    async def _next(self) -> tuple[Frame, Outcome]:
        while True:
            frame, outcome = self._arrived.popleft() if self._arrived else await self._take()
            if outcome != "ignored" or not is_heartbeat(frame):
                return frame, outcome

    async def _ask(self, command: Frame) -> tuple[Frame, Outcome]:
        await self.send(command)
        while True:
            frame, outcome = await self._take()
            if frame.get("id") == command["id"]:
                self._forget_echo(frame)
                return frame, outcome
            self._arrived.append((frame, outcome))

    def _forget_echo(self, answer: Frame) -> None:
        """Drop the push of the change that a command made, which may overtake its answer."""
        echo = {name: value for name, value in answer.items() if name != "id"}
        self._arrived = deque(one for one in self._arrived if one[0] != echo)

    async def _take(self) -> tuple[Frame, Outcome]:
        """Take one frame, and do what a browser does with it."""
        frame = await self.receive_raw()
        reaction = self._session.receive(frame)
        for reply in reaction.replies:
            await self.send(reply)
        return frame, reaction.outcome


def _selection(ids: list[int] | None, upto: int | None) -> Frame:
    return {"upto": upto} if ids is None else {"ids": ids}
