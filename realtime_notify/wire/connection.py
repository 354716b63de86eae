"""One client's end of the wire: what waits to be written, and what its reader knows.

A reader that stops reading costs nothing: when its send window is full, pushes are dropped and only
the newest ``rev`` is remembered. The reader gets it when it answers again, and then syncs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any

from realtime_notify.wire import encoding
from realtime_notify.wire.frames import Chunks, Outgoing, Push, frames
from realtime_notify.wire.protocol import Close
from realtime_notify.wire.vocabulary import ErrorFrame, Frame
from realtime_notify.wire.window import Advice, SendWindow
from realtime_notify.wire.writer import Writer

logger = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]
WriteRaw = Callable[[Chunks], bool]

MISSED_HEARTBEATS = 3
MAX_BACKLOG = 128  # pushes kept while state is read
CLOSE_TIMEOUT = 5.0


class State(Enum):
    """What a connection does with a push."""

    CORKED = "corked"
    """Keeps it until the state that it may change has been read and sent."""
    FLOWING = "flowing"
    """Queues it."""
    HELD = "held"
    """Drops it and remembers its rev: the reader has not acknowledged a whole send window."""
    CLOSING = "closing"
    """Drops it: the bye is the last frame."""


class Connection:
    """One open socket of one user. It begins corked.

    Args:
        user: the user's primary key, as text.
        session_key: of the session that the user signed in with; None if it cannot be checked.
        send: the server's ASGI send.
        window: how much the reader may leave unacknowledged.
        write_raw: the `write` of a server's raw writer (`realtime_notify.servers`): writes a frame
            at once, or returns False where `send` has to do it. None if the server has none.
    """

    __slots__ = (
        "_backlog",
        "_close_code",
        "_drained",
        "_missed",
        "_queue",
        "_queued",
        "_send",
        "_window",
        "_write_raw",
        "_writer",
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
        self.user = user
        self.session_key = session_key
        self.state = State.CORKED
        self.announced_rev = -1
        """The newest rev that was sent to the reader, or is queued."""
        self.deadline: asyncio.Timeout | None = None
        """Ends the conversation if the client does not complete the close."""
        self._send = send
        self._window = window
        self._write_raw = write_raw
        self._writer: Writer | None = None
        self._queue: list[Outgoing] | None = None
        self._queued = False  # waits for the writer, or is being written
        self._backlog: list[Push | int] | None = None  # while corked; a rev stands for dropped ones
        self._drained: asyncio.Future[None] | None = None
        self._missed = 0  # heartbeats in a row that were not answered
        self._close_code: Close | None = None  # to be sent after the bye

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
                self._put(push)
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
        self._put(text)
        return self._window.pinged(len(text))

    def _answer(self, text: bytes) -> None:
        self._put(text)
        self._slow_down(self._window.sent(len(text)))

    def _slow_down(self, advice: Advice) -> None:
        """Follow the advice of the window: ping the reader, drop its pushes."""
        if advice is not _SEND and not self._window.awaits_answer:
            advice = self._ping()
        if advice is Advice.HOLD and self.state is _FLOWING:
            self.state = _HELD
            if self._queue:
                self._queue = [entry for entry in self._queue if isinstance(entry, bytes)]

    # --- writing ---

    def attach(self, writer: Writer) -> None:
        """Let a writer write for this connection."""
        self._writer = writer

    def close(self, code: Close, reason: str, retry: tuple[float, float] | None = None) -> None:
        """Say bye and close. What is queued besides is dropped.

        Args:
            code: why.
            reason: the same in words, for the developer of the client.
            retry: reconnect after a random time between these two, in seconds.
        """
        if self.state is _CLOSING:
            return
        self._close_code = code
        self.state = _CLOSING
        self._queue = None
        self._enqueue(encoding.encode_bye(code, reason, retry).encode())
        self._resume()
        if self.deadline is not None:
            self.deadline.reschedule(asyncio.get_running_loop().time() + CLOSE_TIMEOUT)

    def _put(self, entry: Outgoing) -> None:
        """Write at once if nothing is before it and the server can; queue it otherwise."""
        if self.state is _CLOSING:
            return
        write, writer = self._write_raw, self._writer
        if write is None or self._queued or writer is None or writer.gathers:
            self._enqueue(entry)
            return
        try:
            written = write((entry,) if isinstance(entry, bytes) else entry.frame())
        except Exception as error:
            self._give_up(error)
        else:
            if not written:
                self._enqueue(entry)

    def _enqueue(self, entry: Outgoing) -> None:
        if self._queue is None:
            self._queue = []
        self._queue.append(entry)
        if not self._queued and self._writer is not None:
            self._queued = True
            self._writer.add(self)

    def flush(self) -> bool:
        """Write what is queued without waiting; return whether nothing is left for `write`."""
        write = self._write_raw
        if write is None or self._close_code is not None:
            return False
        queue, self._queue = self._queue, None
        todo = frames(queue or ())
        try:
            for chunks in todo:
                if not write(chunks):
                    self._queue = [b"".join(chunks), *map(b"".join, todo)]
                    return False
        except Exception as error:
            self._give_up(error)
        else:
            self._queued = False
        return True

    async def write(self) -> None:
        """Write all that is queued, and what is queued meanwhile; wait where the server does."""
        try:
            while self._queue:
                queue, self._queue = self._queue, None
                for chunks in frames(queue):
                    text = b"".join(chunks).decode()
                    await self._send({"type": "websocket.send", "text": text})
            if (code := self._close_code) is not None:
                self._close_code = None
                await self._send({"type": "websocket.close", "code": int(code)})
        except Exception as error:
            self._give_up(error)
        else:
            self._queued = False

    def _give_up(self, error: Exception) -> None:
        """Drop the queue after a write that failed. Close, unless it failed as the peer has gone.

        A peer that has gone ends the conversation by the disconnect that its server delivers.
        """
        self._queue, self._queued = None, False
        if has_gone(error):
            logger.debug("Dropping the queue of a connection whose peer has gone: %r", error)
        else:
            logger.error(
                "A frame to user %s could not be written; closing the connection.",
                self.user,
                exc_info=error,
            )
            self.close(Close.FAILED, "a frame could not be written")


def has_gone(error: Exception) -> bool:
    """Return whether a send failed because the peer has gone.

    ASGI has servers raise an OSError then
    (https://asgi.readthedocs.io/en/latest/specs/www.html#disconnected-client-send-exception).
    Daphne 4.2 lets autobahn's own exception out, which is known by name: its import takes 0.1 s.
    """
    return isinstance(error, OSError) or type(error).__name__ == "Disconnected"


_CORKED, _FLOWING, _HELD, _CLOSING = State  # globals: each push looks some of them up
_SEND = Advice.SEND
