"""One client's end of the wire: what it is sent, and what its reader knows.

A reader that stops reading costs nothing: when its send window is full, pushes are dropped and only
the newest ``rev`` is remembered. The reader gets it when it answers again, and then syncs.
"""

from __future__ import annotations

import asyncio
from enum import Enum

from realtime_notify.wire import encoding
from realtime_notify.wire.frames import Push
from realtime_notify.wire.outlet import Outlet, Send, WriteRaw
from realtime_notify.wire.protocol import Close
from realtime_notify.wire.vocabulary import ErrorFrame, Frame
from realtime_notify.wire.window import Advice, SendWindow

MISSED_HEARTBEATS = 3
MAX_BACKLOG = 128  # pushes kept while state is read
CLOSE_TIMEOUT = 5.0


class State(Enum):
    """What a connection does with a push."""

    CORKED = "corked"
    """Keeps it until the state that it may change has been read and sent."""
    FLOWING = "flowing"
    """Writes or queues it."""
    HELD = "held"
    """Drops it and remembers its rev: the reader has not acknowledged a whole send window."""
    CLOSING = "closing"
    """Drops it: the bye is the last frame."""


class Connection(Outlet):
    """One open socket of one user. It begins corked.

    Args:
        user: the user's primary key, as text.
        session_key: of the session that the user signed in with; None if it cannot be checked.
        send: the server's ASGI send.
        window: how much the reader may leave unacknowledged.
        write_raw: the server's raw writer, if it has one.
    """

    __slots__ = (
        "_backlog",
        "_drained",
        "_missed",
        "_window",
        "announced_rev",
        "deadline",
        "session_key",
        "state",
        "user",
    )

    def __init__(
        self,
        user: str,
        session_key: str | None,
        send: Send,
        window: SendWindow,
        write_raw: WriteRaw | None = None,
    ) -> None:
        super().__init__(send, write_raw)
        self.user = user
        self.session_key = session_key
        self.state = State.CORKED
        self.announced_rev = -1
        """The newest rev that was sent to the reader, or is queued."""
        self.deadline: asyncio.Timeout | None = None
        """Ends the conversation if the client does not complete the close."""
        self._window = window
        self._backlog: list[Push | int] | None = None  # while corked; a rev stands for dropped ones
        self._drained: asyncio.Future[None] | None = None
        self._missed = 0  # heartbeats in a row that were not answered

    # --- pushes and answers ---

    def push(self, push: Push) -> None:
        """Send a push, unless its rev was announced already."""
        state = self.state
        if state is _CORKED:
            self._keep(push)
            return
        rev = push.rev
        if rev > self.announced_rev:
            self.announced_rev = rev
            if state is _FLOWING:
                self.put(push)
                advice = self._window.sent(push.size)
                if advice is not _SEND:
                    self._slow_down(advice)

    def reply(self, frame: Frame) -> None:
        """Answer a command. Answers are never dropped."""
        if "unread" in frame:  # a page has none, and moves nobody
            rev = frame["rev"]
            self.announced_rev = rev if frame.get("reset") else max(self.announced_rev, rev)
        self._answer(encoding.encode(frame).encode())

    def reject(self, error: ErrorFrame) -> None:
        """Answer a command with an error."""
        self._answer(encoding.encode(error).encode())

    def announce(self, rev: int) -> None:
        """Send only the rev; a client at another rev will sync."""
        self.announced_rev = rev
        if self.state is _FLOWING:
            self._ping()

    def cork(self) -> None:
        """Keep pushes from now on, while the state they may change is read."""
        if self.state in (_FLOWING, _HELD):
            self.state = _CORKED

    def uncork(self) -> None:
        """Send the kept pushes that are newer than the state that was read."""
        if self.state is not _CORKED:
            return
        self.state = _HELD if self._window.advice is Advice.HOLD else _FLOWING
        self._missed = 0
        backlog, self._backlog = self._backlog, None
        for push in backlog or ():
            if not isinstance(push, int):
                self.push(push)
            elif push > self.announced_rev:
                self.announce(push)

    def _keep(self, push: Push) -> None:
        if self._backlog is None:
            self._backlog = []
        backlog = self._backlog
        if len(backlog) >= MAX_BACKLOG:
            newest = max(kept if isinstance(kept, int) else kept.rev for kept in backlog)
            backlog[:] = [max(newest, push.rev)]
        else:
            backlog.append(push)

    # --- flow control ---

    def heartbeat(self) -> bool:
        """Send the regular ping; False if the last few were all left unanswered.

        A connection whose hello never succeeds is sent none, and counts as not answering.
        """
        if self._missed >= MISSED_HEARTBEATS:
            return False
        self._missed += 1
        if self.state is not _CORKED:
            self._ping()
        return True

    def pong(self) -> bool:
        """Acknowledge the oldest outstanding ping; False if none is outstanding."""
        window = self._window
        if not window.acknowledged():
            return False
        self._missed = 0
        advice = window.advice
        if advice is not Advice.HOLD:
            self._resume()
        if advice is not Advice.SEND and not window.awaits_answer:
            self._ping()
        return True

    async def drain(self) -> None:
        """Wait until the window has room for an answer."""
        while self.state is not _CLOSING and self._window.advice is Advice.HOLD:
            self._drained = asyncio.get_running_loop().create_future()
            try:
                await self._drained
            finally:
                self._drained = None

    def _resume(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        if self.state is _HELD:
            self.state = _FLOWING
            self._ping()  # its rev stands for the pushes that were dropped

    def _ping(self) -> Advice:
        rev = max(0, self.announced_rev)  # no state was sent yet: 0
        text = encoding.encode_heartbeat(rev).encode()
        self.put(text)
        return self._window.pinged(len(text))

    def _answer(self, text: bytes) -> None:
        self.put(text)
        self._slow_down(self._window.sent(len(text)))

    def _slow_down(self, advice: Advice) -> None:
        """Follow the advice of the window: ping the reader, drop its pushes."""
        if advice is not _SEND and not self._window.awaits_answer:
            advice = self._ping()
        if advice is Advice.HOLD and self.state is _FLOWING:
            self.state = _HELD
            self.drop_pushes()

    # --- the end ---

    def close(self, code: Close, reason: str, retry: tuple[float, float] | None = None) -> None:
        """Say bye and close. What is queued besides is dropped.

        Args:
            code: why.
            reason: the same in words, for the developer of the client.
            retry: reconnect after a random time between these two, in seconds.
        """
        if self.state is _CLOSING:
            return
        self.state = _CLOSING
        self.end(encoding.encode_bye(code, reason, retry).encode(), int(code))
        self._resume()
        if self.deadline is not None:
            self.deadline.reschedule(asyncio.get_running_loop().time() + CLOSE_TIMEOUT)

    def on_failure(self) -> None:
        """Close: the client may come back, and then asks for what it has missed."""
        self.close(Close.FAILED, "a frame could not be written")


_CORKED, _FLOWING, _HELD, _CLOSING = State  # globals: each push looks some of them up
_SEND = Advice.SEND
