"""The application that the servers under test run. Its path says what it does with a message."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

from realtime_notify.servers import raw_writer

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PIECE = 1000
MESSAGE = "x" * (64 << 10)
"""What `pour` writes: longer than uvicorn lets wait for a reader."""

poured: list[int] = []
"""The messages that `pour` has written last, for other connections to ask for."""

late: list[bool] = []
"""Whether a raw writer took what `persist` wrote after its client had gone, for each such write."""


class Conversation:
    """A socket whose text goes past ASGI where the server offers that."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.open = True
        self.send = send
        self.write_raw = raw_writer(scope)
        self._receive = receive

    async def receive(self) -> dict[str, Any]:
        message = await self._receive()
        self.open = message["type"] != "websocket.disconnect"
        return message

    async def write(self, *chunks: bytes) -> None:
        """Write one text message; by ASGI if it cannot go past it."""
        if self.write_raw is None or not self.write_raw(chunks):
            await self.send_text(b"".join(chunks).decode())

    async def send_text(self, text: str) -> None:
        await self.send({"type": "websocket.send", "text": text})

    async def send_bytes(self, data: bytes) -> None:
        await self.send({"type": "websocket.send", "bytes": data})

    async def close(self, code: int) -> None:
        await self.send({"type": "websocket.close", "code": code})


async def echo(conversation: Conversation, text: str) -> None:
    """Send the message back."""
    await conversation.write(text.encode())


async def split(conversation: Conversation, text: str) -> None:
    """Send the message back as one frame of chunks, which are cut within characters too."""
    octets = text.encode()
    await conversation.write(*(octets[at : at + PIECE] for at in range(0, len(octets), PIECE)))


async def count(conversation: Conversation, text: str) -> None:
    """Write the numbers up to the one given, a message each, and let others work in between."""
    for number in range(int(text)):
        await conversation.write(str(number).encode())
        await asyncio.sleep(0)


async def burst(conversation: Conversation, text: str) -> None:
    """Write the numbers up to the one given, a message each, without a pause."""
    for number in range(int(text)):
        await conversation.write(str(number).encode())


async def alternate(conversation: Conversation, text: str) -> None:
    """Write the numbers up to the one given: past ASGI, as text and as bytes by ASGI, in turns."""
    for number in range(0, int(text), 3):
        await conversation.write(str(number).encode())
        await conversation.send_text(str(number + 1))
        await conversation.send_bytes(str(number + 2).encode())


async def pour(conversation: Conversation, text: str) -> None:
    """Write as many long messages as are asked for; each begins with its number."""
    poured.clear()
    for number in range(int(text)):
        await conversation.write(f"{number} ".encode(), MESSAGE.encode())
        poured.append(number)
        await asyncio.sleep(0)


async def progress(conversation: Conversation, text: str) -> None:
    """Say how many messages have been poured."""
    await conversation.send_text(str(len(poured)))


async def leave(conversation: Conversation, text: str) -> None:
    """Write before the close and after it; the latter is to fail."""
    await conversation.write(b"before")
    await conversation.close(4001)
    with contextlib.suppress(Exception):
        await conversation.write(b"after")


async def persist(conversation: Conversation, text: str) -> None:
    """Write messages that begin with their numbers until the client has gone, and a few more then.

    The text says how many seconds apart they are, and how long each is at least.
    """
    pause, size = float(text.split()[0]), int(text.split()[1])

    async def write() -> None:
        for number in itertools.count():
            try:
                await conversation.write(f"{number} ".ljust(size).encode())
            except Exception:  # which one, is the server's affair
                break
            if not conversation.open:
                break
            await asyncio.sleep(pause)
        for _ in range(10):
            taken = conversation.write_raw and conversation.write_raw([b"late"])
            late.append(bool(taken))
            await asyncio.sleep(pause)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        while conversation.open:
            await conversation.receive()


async def confess(conversation: Conversation, text: str) -> None:
    """Say how many late writes there were, and how many a raw writer has taken."""
    await conversation.send_text(f"{len(late)} {sum(late)}")


async def how(conversation: Conversation, text: str) -> None:
    """Say whether there is a raw writer."""
    await conversation.send_text("plain" if conversation.write_raw is None else "raw")


PATHS = {
    "/": echo,
    "/split": split,
    "/count": count,
    "/burst": burst,
    "/alternate": alternate,
    "/pour": pour,
    "/progress": progress,
    "/leave": leave,
    "/persist": persist,
    "/confess": confess,
    "/how": how,
    "/early": how,
}


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Accept every socket; send bytes back, and answer text as the path says."""
    if scope["type"] != "websocket":
        return
    answer = PATHS[scope["path"]]
    conversation = Conversation(scope, receive, send)
    while conversation.open:
        message = await conversation.receive()
        match message:
            case {"type": "websocket.connect"}:
                if scope["path"] == "/early" and conversation.write_raw:
                    assert not conversation.write_raw([b"before the handshake"])
                await send({"type": "websocket.accept"})
            case {"text": str(text)}:
                await answer(conversation, text)
            case {"bytes": data}:
                await conversation.send_bytes(data)
