"""One client's end of the wire: what it is sent, and what its reader knows.

A reader that stops reading costs nothing: when its send window is full, pushes are dropped and only
the newest ``rev`` is remembered. The reader gets it when it answers again, and then syncs.
"""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime
from enum import Enum

from realtime_notify.wire import encoding
from realtime_notify.wire.counters import counters
from realtime_notify.wire.frames import Push
from realtime_notify.wire.outlet import Outlet, Send, WriteRaw
from realtime_notify.wire.protocol import Close
from realtime_notify.wire.vocabulary import ErrorFrame, Frame
from realtime_notify.wire.window import Advice, SendWindow

MISSED_HEARTBEATS = 3
BEAT_BYTES = 9  # as text, 12 characters
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
    """One open socket. It begins corked, and is nobody's until hello has told whose it is.

    Args:
        send: the server's ASGI send.
        window: how much the reader may leave unacknowledged.
        write_raw: the server's raw writer, if it has one.
    """

    __slots__ = (
        "_age",
        "_backlog",
        "_drained",
        "_missed",
        "_window",
        "announced_rev",
        "deadline",
        "expires",
        "inbox",
        "language",
        "session_key",
        "state",
        "user",
    )

    def __init__(self, send: Send, window: SendWindow, write_raw: WriteRaw | None = None) -> None:
        super().__init__(send, write_raw)
        self.user = ""
        """The user's primary key, as text."""
        self.session_key: str | None = None
        """Of the session that the user signed in with; None if it cannot be checked."""
        self.expires: float | None = None
        """When what vouches for the user expires, in seconds since the epoch; None for never."""
        self.state = State.CORKED
        self.inbox = ""
        """Whose revs the reader was sent, as the newest state says; "" before the first."""
        self.language = ""
        """In which the reader gets texts that are translated; "" for the language of the site."""
        self.announced_rev = -1
        """The newest rev that was sent to the reader, or is queued."""
        self.deadline: asyncio.Timeout | None = None
        """Ends the conversation if the client does not complete the close."""
        self._window = window
        self._backlog: list[Push | int] | None = None  # while corked; a rev stands for dropped ones
        self._drained: asyncio.Future[None] | None = None
        self._age: int | None = None  # of what heartbeats say; None when it is fresh
        self._missed = 0  # heartbeats in a row that were not answered

    def admit(self, user: str, session_key: str | None, expires: datetime | None = None) -> None:
        """Make this the connection of a user.

        Args:
            user: the user's primary key, as text.
            session_key: of the session that the user signed in with; None if it cannot be checked.
            expires: when what vouches for the user expires, with a time zone; None for never.
        """
        self.expires = expires.timestamp() if expires else None
        self.user = user
        self.session_key = session_key

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
            elif state is _HELD:
                counters.conflated += 1

    def reply(self, frame: Frame, text: str | None = None) -> int:
        """Answer a command. Answers are never dropped.

        Args:
            frame: the answer.
            text: the same, encoded; a large one is encoded in the thread that has read it.

        Returns:
            The size of the answer, in characters.
        """
        if "unread" in frame:  # a page has none, and moves nobody
            rev = frame["rev"]
            self.announced_rev = rev if frame.get("reset") else max(self.announced_rev, rev)
            self.inbox = frame.get("inbox", self.inbox)
            counters.resets += "reset" in frame
        if text is None:
            text = encoding.encode(frame)
        self._answer(text)
        return len(text)

    def reject(self, error: ErrorFrame) -> None:
        """Answer a command with an error. Answers are never dropped."""
        counters.errors[error["error"]["code"]] += 1
        self._answer(encoding.encode(error))

    def complain(self, error: ErrorFrame) -> None:
        """Refuse a frame that got no turn; in silence while the window is full.

        Commands wait for room in the window, but whoever sends nonsense and does not read would be
        sent complaints without end.
        """
        counters.errors[error["error"]["code"]] += 1
        if self._window.advice is not Advice.HOLD:
            self._answer(encoding.encode(error))

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

    def heartbeat(self, age: int | None = None) -> bool:
        """Send the regular ping; False if the last few were all left unanswered.

        A connection whose hello never succeeds is sent none, and counts as not answering.

        Args:
            age: seconds since the inbox was last compared with the database, if that is longer ago
                than clients may rely on. The pings until the next regular one say so as well.
        """
        self._age = age
        if self._missed >= MISSED_HEARTBEATS:
            return False
        self._missed += 1
        if self.state is not _CORKED:
            self._ping()
        return True

    def pong(self, beat: str | None) -> bool:
        """Take the answer to a ping; False if it proves nothing: no outstanding ping had `beat`."""
        window = self._window
        if not window.acknowledged(beat):
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
        beat = secrets.token_urlsafe(BEAT_BYTES)
        rev = max(0, self.announced_rev)  # no state was sent yet: 0
        text = encoding.encode_heartbeat(rev, beat, self._age)
        self.put(text.encode())
        return self._window.pinged(len(text), beat)

    def _answer(self, text: str) -> None:
        self.put(text.encode())
        self._slow_down(self._window.sent(len(text)))

    def _slow_down(self, advice: Advice) -> None:
        """Follow the advice of the window: ping the reader, drop its pushes."""
        if advice is not _SEND and not self._window.awaits_answer:
            advice = self._ping()
        if advice is Advice.HOLD and self.state is _FLOWING:
            self.state = _HELD
            counters.conflated += self.drop_pushes()

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
        (counters.refused if self.announced_rev < 0 else counters.closed)[code] += 1
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
