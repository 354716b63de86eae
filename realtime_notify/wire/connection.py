"""One browser's end of the wire: what waits to be written, and how far its reader is.

No server says reliably how fast a reader reads (Daphne's send never waits, uvicorn's waits for
ever), so the reader is asked. Everything sent counts against a window until a heartbeat sent after
it is answered. At half the window a heartbeat asks; at the full window pushes are dropped and only
the newest ``rev`` is remembered, which the reader gets when it answers, and then syncs.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from realtime_notify.wire import encoding
from realtime_notify.wire.frames import Entry, Push, frames
from realtime_notify.wire.protocol import Close
from realtime_notify.wire.vocabulary import ErrorFrame, Frame

logger = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]

MISSED_HEARTBEATS = 3
MAX_BACKLOG = 128  # pushes kept back while state is read
CLOSE_TIMEOUT = 5.0
GATHER = 0.002
"""Seconds in which pushes gather. Nobody sees them pass, and what comes in a burst shares frames,
which are what costs: on Daphne, half the frames are nearly half the processor."""


class Window(NamedTuple):
    """How much a reader may leave unanswered."""

    frames: int
    size: int


class Connection:
    """One open socket of one user.

    `told` is the rev its reader has been told of, or will be by what waits in the queue.
    """

    __slots__ = (
        "_answered",
        "_asked",
        "_backlog",
        "_frames",
        "_held",
        "_mark",
        "_mark_frames",
        "_mark_size",
        "_missed",
        "_outlet",
        "_queue",
        "_queued",
        "_room",
        "_send",
        "_size",
        "_window",
        "closing",
        "deadline",
        "session_key",
        "told",
        "user",
    )

    def __init__(self, user: str, session_key: str | None, send: Send, window: Window) -> None:
        self.user = user
        self.session_key = session_key
        self.told = -1
        self.closing: Close | None = None
        self.deadline: asyncio.Timeout | None = None
        """Ends the conversation, should the peer not let itself be closed."""
        self._send = send
        self._window = window
        self._outlet: Outlet | None = None
        self._queue: list[Entry] | None = None
        self._queued = False  # waits for, or is with, the outlet
        self._backlog: list[Push | int] | None = []  # a connection begins corked
        self._room: asyncio.Future[None] | None = None
        self._held = False
        self._frames = self._size = 0  # sent since what the last answer covers
        self._asked = self._answered = self._missed = 0  # heartbeats
        self._mark = self._mark_frames = self._mark_size = 0  # what the awaited answer covers

    # --- what is told ---

    def push(self, push: Push) -> None:
        """Tell of a change, unless the reader knows it or is told to ask."""
        if self._backlog is not None:
            self._keep(push)
        elif push.rev > self.told:
            self.told = push.rev
            if not self._held:
                self._append(push, len(push))

    def reply(self, frame: Frame) -> None:
        """Answer a command, with what was asked for. Replies are never dropped."""
        if "unread" in frame:  # it tells of a rev; a page does not
            self.told = frame["rev"] if frame.get("reset") else max(self.told, frame["rev"])
        self._answer(encoding.encode(frame))

    def reject(self, error: ErrorFrame) -> None:
        """Answer a command with an error."""
        self._answer(encoding.encode(error))

    def _answer(self, text: str) -> None:
        self._append(text, len(text))

    def tell(self, rev: int) -> None:
        """Tell the bare rev: a reader that is elsewhere asks for what it missed."""
        self.told = rev
        if not self._held and self._backlog is None:
            self._ask()

    @property
    def corked(self) -> bool:
        """Whether pushes are kept back while the state they would change is being read."""
        return self._backlog is not None

    def cork(self) -> None:
        """Keep pushes back from now on."""
        if self._backlog is None:
            self._backlog = []

    def uncork(self) -> None:
        """Let go of the pushes that tell more than the state that was read meanwhile."""
        backlog, self._backlog = self._backlog, None
        self._missed = 0
        for push in backlog or ():
            if not isinstance(push, int):
                self.push(push)
            elif push > self.told:
                self.tell(push)

    def _keep(self, push: Push) -> None:
        backlog = self._backlog
        if backlog is None:
            return
        if len(backlog) >= MAX_BACKLOG:
            newest = max(one if isinstance(one, int) else one.rev for one in backlog)
            backlog[:] = [max(newest, push.rev)]
        else:
            backlog.append(push)

    # --- how far the reader is ---

    def beat(self) -> bool:
        """Send the regular heartbeat; False when the last few were all left unanswered.

        Whose hello never succeeds gets none, and does not stay for ever either.
        """
        if self._missed >= MISSED_HEARTBEATS:
            return False
        self._missed += 1
        if self._backlog is None:
            self._ask()
        return True

    def answer(self) -> bool:
        """Take the answer to the oldest heartbeat that has none; False when all have one."""
        if self._answered == self._asked:
            return False
        self._answered += 1
        self._missed = 0
        if self._mark and self._answered >= self._mark:
            self._go_on()
        return True

    def _go_on(self) -> None:
        self._frames -= self._mark_frames
        self._size -= self._mark_size
        self._mark = 0
        if self._held and not self._is_full():
            self._held = False
            self._let_room_go()
            self._ask()  # carries the newest rev, for the pushes that were dropped
        elif self._is_half_full():
            self._ask()

    async def room(self) -> None:
        """Wait until the reader has caught up with what it was sent."""
        while self._held and self.closing is None:
            self._room = asyncio.get_running_loop().create_future()
            try:
                await self._room
            finally:
                self._room = None

    def _let_room_go(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)

    def _ask(self) -> None:
        text = encoding.encode_heartbeat(self.told)
        self._asked += 1
        self._frames += 1
        self._size += len(text)
        if not self._mark:
            self._mark = self._asked
            self._mark_frames, self._mark_size = self._frames, self._size
        self._enqueue(text)

    def _append(self, entry: Entry, size: int) -> None:
        self._enqueue(entry)
        self._frames += 1
        self._size += size
        if not self._mark and self._is_half_full():
            self._ask()
        if self._is_full():
            self._held = True
            if self._queue:
                self._queue = [entry for entry in self._queue if isinstance(entry, str)]

    def _is_full(self) -> bool:
        return self._frames >= self._window.frames or self._size >= self._window.size

    def _is_half_full(self) -> bool:
        return 2 * self._frames >= self._window.frames or 2 * self._size >= self._window.size

    # --- writing ---

    def attach(self, outlet: Outlet) -> None:
        """Say who writes for this connection."""
        self._outlet = outlet

    def close(self, code: Close, reason: str, retry: tuple[float, float] | None = None) -> None:
        """Say good-bye, and close when that is written. What else waits is dropped."""
        if self.closing is None:
            self.closing = code
            self._queue = [encoding.encode_bye(code, reason, retry)]
            self._let_room_go()
            if self.deadline is not None:
                self.deadline.reschedule(asyncio.get_running_loop().time() + CLOSE_TIMEOUT)
            self._wake()

    def _enqueue(self, entry: Entry) -> None:
        if self.closing is not None:
            return
        if self._queue is None:
            self._queue = []
        self._queue.append(entry)
        self._wake()

    def _wake(self) -> None:
        if not self._queued and self._outlet is not None:
            self._queued = True
            self._outlet.add(self)

    async def write(self) -> None:
        """Write what waits, until nothing does."""
        try:
            while self._queue:
                queue, self._queue = self._queue, None
                for text in frames(queue):
                    await self._send({"type": "websocket.send", "text": text})
            if self.closing is not None:
                await self._send({"type": "websocket.close", "code": int(self.closing)})
        except Exception as error:
            logger.debug("A frame could not be written: %r", error)
            # The peer is gone. Servers differ in what they raise; all of them deliver the
            # disconnect, which is what ends the conversation.
            self._queue = None
        finally:
            self._queued = False


class Outlet:
    """Writes for the connections that have something to write.

    One task writes for all of them in turn. Should a server make it wait for one reader, another
    task goes on with the rest, so no reader waits for another, and quiet connections cost no task.
    """

    def __init__(self) -> None:
        self._waiting: deque[Connection] = deque()
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._scheduled = False

    def add(self, connection: Connection) -> None:
        """Write for this connection in a moment, with all that the moment brings it."""
        self._waiting.append(connection)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_later(GATHER, self._start)

    def _start(self) -> None:
        if not self._waiting:
            self._scheduled = False
            return
        task = self._loop.create_task(self._drain())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # Looks again once the task has come to an end, or to a reader that makes it wait.
        self._loop.call_soon(self._start)

    async def _drain(self) -> None:
        while self._waiting:
            await self._waiting.popleft().write()
