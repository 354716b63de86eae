"""A server under test, and connections to it that may say anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from realtime_notify.testing.session import Frame
from realtime_notify.wire.protocol import SUBPROTOCOL


class Late(AssertionError):
    """No frame came in time."""


class Closed(AssertionError):
    """The server closed the connection. `code` and `bye` say why."""

    def __init__(self, code: int, bye: Frame | None) -> None:
        super().__init__(f"The server closed the connection with {code}; its bye was {bye}.")
        self.code = code
        self.bye = bye


def same(heartbeat: Frame) -> Frame:
    """Return the right answer to a heartbeat."""
    return heartbeat


class Peer:
    """One connection. It answers heartbeats; everything else a check has to say itself.

    Args:
        socket: the connection, open.
        patience: seconds for which it waits for an answer.
    """

    def __init__(self, socket: ClientConnection, patience: float) -> None:
        self.subprotocol = socket.subprotocol
        self.beats: list[Frame] = []
        """The heartbeats it got."""
        self.answer: Callable[[Frame], Frame | None] = same
        """Returns the answer to a heartbeat; None to leave it unanswered."""
        self._socket = socket
        self._patience = patience
        self._last_id = 0

    def send(self, frame: Frame | str | bytes) -> None:
        """Send a frame as it is, right or wrong. If the server has closed, `receive()` says so."""
        with suppress(ConnectionClosed):
            self._socket.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    def receive(self, patience: float | None = None) -> Frame:
        """Return the next frame that is no heartbeat.

        Raises:
            Closed: the server closed the connection.
            Late: nothing came in time.
            AssertionError: something came that is not one JSON object.
        """
        deadline = monotonic() + (self._patience if patience is None else patience)
        while True:
            frame = self.next(deadline - monotonic())
            if "beat" not in frame:
                return frame
            self.beats.append(frame)
            if (answer := self.answer(frame)) is not None:
                self.send(answer)

    def ask(self, **command: Any) -> Frame:
        """Send a command and return its answer; pushes that come before it are left out.

        Args:
            command: its name and arguments, as in ``ask(read={"upto": 7})``, and further fields.
        """
        self._last_id += 1
        self.send({"id": self._last_id, **command})
        while (answer := self.receive()).get("id") != self._last_id:
            pass
        return answer

    def wait_for_beat(self, patience: float) -> Frame:
        """Return the next heartbeat, which stays unanswered."""
        deadline = monotonic() + patience
        while "beat" not in (frame := self.next(deadline - monotonic())):
            pass
        return frame

    def next(self, patience: float) -> Frame:
        """Return the next frame, whatever it is; a heartbeat stays unanswered.

        Raises:
            Closed: the server closed the connection.
            Late: nothing came in time.
            AssertionError: something came that is not one JSON object.
        """
        try:
            text = self._socket.recv(timeout=max(0.0, patience))
        except TimeoutError:
            raise Late("No frame came in time.") from None
        except ConnectionClosed:
            raise Closed(self._code(), None) from None
        if not isinstance(text, str):
            raise AssertionError(f"A frame was not text: {text[:80]!r}.")
        frame = json.loads(text)
        if not isinstance(frame, dict):
            raise AssertionError(f"A frame was not an object: {text[:80]}.")
        if "bye" in frame:
            raise Closed(self._code(), frame["bye"])
        return frame

    def _code(self) -> int:
        """Wait for the close, and return its code."""
        try:
            while True:
                self._socket.recv(timeout=self._patience)
        except TimeoutError:
            raise AssertionError("The server said bye and did not close.") from None
        except ConnectionClosed:
            return self._socket.close_code or 1006


@dataclass(frozen=True)
class Server:
    """A server under test.

    Attributes:
        url: of its socket.
        headers: what says who the client is, such as ``{"Cookie": "sessionid=..."}``.
        patience: seconds for which to wait for an answer.
        slow_patience: seconds for which to wait for a heartbeat; 0 to leave those checks out.
        ticket: a new ticket of the same account, if tickets are to be checked.
        key: a notification type that its owner may subscribe to, if there is one.
        send: each notifies the account, in a way of its own.
        may_delete: whether one of its notifications may be deleted.
    """

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    patience: float = 10.0
    slow_patience: float = 0.0
    ticket: str = ""
    key: str = ""
    send: tuple[Callable[[], object], ...] = ()
    may_delete: bool = False

    @contextmanager
    def connection(self, headers: dict[str, str] | None = None) -> Iterator[Peer]:
        """Open a connection, by other `headers` if there are any."""
        given = self.headers if headers is None else headers
        with connect(
            self.url,
            additional_headers=given,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            max_size=None,
            close_timeout=1,
        ) as socket:
            yield Peer(socket, self.patience)

    @contextmanager
    def greeted(self) -> Iterator[tuple[Peer, Frame]]:
        """Open a connection and say hello; give the answer as well."""
        with self.connection() as peer:
            yield peer, peer.ask(hello={})
