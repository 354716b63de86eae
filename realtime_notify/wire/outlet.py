"""The writing half of a connection: what waits to be written, and how it reaches the server."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from realtime_notify.wire.frames import Chunks, Outgoing, frames
from realtime_notify.wire.writer import Writer

logger = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]
WriteRaw = Callable[[Chunks], bool]


class Outlet:
    """Brings frames to one client in their order.

    Args:
        send: the server's ASGI send.
        write_raw: the `write` of the server's raw writer (`realtime_notify.servers`), which writes
            a frame at once, or returns False where `send` has to do it. None if it has none.
    """

    __slots__ = ("_close_code", "_closing", "_queue", "_queued", "_send", "_write_raw", "_writer")

    def __init__(self, send: Send, write_raw: WriteRaw | None = None) -> None:
        self._send = send
        self._write_raw = write_raw
        self._writer: Writer | None = None
        self._queue: list[Outgoing] | None = None
        self._queued = False  # waits for the writer, or is being written
        self._closing = False
        self._close_code: int | None = None  # to be sent after the last frame

    def attach(self, writer: Writer) -> None:
        """Let a writer write for this outlet."""
        self._writer = writer

    def put(self, entry: Outgoing) -> None:
        """Write at once if nothing is before it and the server can; queue it otherwise."""
        if self._closing:
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

    def drop_pushes(self) -> int:
        """Drop from the queue what may be dropped; return how much that was."""
        before = self._queue or []
        self._queue = [entry for entry in before if isinstance(entry, bytes)] or None
        return len(before) - len(self._queue or [])

    def end(self, frame: bytes, code: int) -> None:
        """Write a last frame, and close. What is queued is dropped, and so is what comes later."""
        self._closing, self._close_code, self._queue = True, code, None
        self._enqueue(frame)

    def on_failure(self) -> None:
        """Called when a frame could not be written though the client is there."""
        raise NotImplementedError

    # --- for the writer ---

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
                # Who writes the last frame closes: two may write at once when a server waits.
                code, self._close_code = self._close_code, None
                for chunks in frames(queue):
                    if self._closing and code is None:
                        break  # the last frame is written by another, who does not wait for these
                    text = b"".join(chunks).decode()
                    await self._send({"type": "websocket.send", "text": text})
                if code is not None:
                    await self._send({"type": "websocket.close", "code": code})
        except Exception as error:
            self._give_up(error)
        else:
            self._queued = False

    def _enqueue(self, entry: Outgoing) -> None:
        if self._queue is None:
            self._queue = []
        self._queue.append(entry)
        if not self._queued and self._writer is not None:
            self._queued = True
            self._writer.add(self)

    def _give_up(self, error: Exception) -> None:
        """Drop the queue after a write that failed.

        A client that has gone ends the conversation by the disconnect that its server delivers.
        """
        self._queue, self._queued = None, False
        if has_gone(error):
            logger.debug("Dropping the queue of a client that has gone: %r", error)
        else:
            logger.error("A frame could not be written; closing the connection.", exc_info=error)
            self.on_failure()


def has_gone(error: Exception) -> bool:
    """Return whether a send failed because the client has gone.

    ASGI has servers raise an OSError then
    (https://asgi.readthedocs.io/en/latest/specs/www.html#disconnected-client-send-exception).
    Daphne 4.2 lets autobahn's own exception out, which is known by name: its import takes 0.1 s.
    uvicorn takes its own close, of a client that broke the rules of WebSockets, for one of ours.
    """
    return (
        isinstance(error, OSError)
        or type(error).__name__ == "Disconnected"
        or (isinstance(error, RuntimeError) and "after sending 'websocket.close'" in str(error))
    )
