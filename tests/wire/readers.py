"""Readers of connections, without a socket."""

from __future__ import annotations

import asyncio
import json

from realtime_notify.wire.connection import Connection
from realtime_notify.wire.frames import NewItem
from realtime_notify.wire.vocabulary import Recipient
from realtime_notify.wire.window import SendWindow
from realtime_notify.wire.writer import Writer


def is_ping(frame: dict) -> bool:
    return "beat" in frame


class Reader:
    """The far end of a connection, and the server's send in front of it.

    The send waits unless `flowing` is set, and raises the `error` if there is one. A raw writer, if
    the server has one, leaves to the send what would have to wait.
    """

    def __init__(self, frames: int = 16, size: int = 10_000, *, raw: bool = False) -> None:
        self.writer = Writer()
        self.sent: list[dict] = []
        self.closed: int | None = None
        self.error: Exception | None = None
        self.flowing = asyncio.Event()
        self.flowing.set()
        window, write_raw = SendWindow(frames, size), self.write_raw if raw else None
        self.connection = Connection(self.send, window, write_raw)
        self.connection.attach(self.writer)

    async def send(self, message):
        await self.flowing.wait()
        if self.closed is not None:
            raise RuntimeError(f"{message['type']} after the close")
        if message["type"] == "websocket.close":
            self.closed = message["code"]
        else:
            self._take(message["text"])

    def write_raw(self, chunks):
        if not self.flowing.is_set():
            return False
        self._take(b"".join(chunks))
        return True

    def _take(self, text):
        if self.error is not None and "bye" not in str(text):
            raise self.error
        self.sent.append(json.loads(text))

    def greet(self, rev: int = 0) -> None:
        self.connection.reply({"id": 1, "rev": rev, "unread": 0, "unseen": 0, "reset": True})
        self.connection.uncork()

    def arrive(self, rev: int, body: str = '"message":"x"') -> None:
        self.connection.push(NewItem(Recipient("1", rev, rev, rev, 1, rev, rev), body.encode()))

    def answer(self, frames: list[dict]) -> None:
        """Send every ping among these frames back."""
        for frame in filter(is_ping, frames):
            assert self.connection.pong(frame["beat"])

    async def written(self) -> list[dict]:
        await asyncio.sleep(0.01)
        for _ in range(10):  # on a busy machine the writer and this test are due at once
            await asyncio.sleep(0)
        sent, self.sent = self.sent, []
        return sent
