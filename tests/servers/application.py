"""An ASGI application that writes what its client asks for, by the raw writer."""

from __future__ import annotations

import asyncio
from typing import Any

from realtime_notify.servers import raw_writer, stop_reading

answers: list[bool] = []  # of writes after the close, for the next connection to ask for


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve "write N", "interleave N", "close", "deaf" and "answers"; answer HTTP with 200."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})
    if scope["type"] != "websocket":
        return
    write = raw_writer(scope)
    assert write is not None
    await receive()
    before = write([b"too early"])
    await send({"type": "websocket.accept"})
    assert not before
    while (message := await receive())["type"] == "websocket.receive":
        match message["text"].split():
            case ["write", size]:
                text = "x" * int(size)
                if not write([text[:100].encode(), text[100:].encode()]):
                    await send({"type": "websocket.send", "text": text})
            case ["interleave", count]:
                for number in range(int(count)):
                    if not (number % 2 and write([b"%d" % number])):
                        await send({"type": "websocket.send", "text": str(number)})
            case ["close"]:
                await send({"type": "websocket.close", "code": 4001})
                answers.append(write([b"too late"]))
            case ["deaf"]:
                stop_reading(scope)
                write([b"deaf"])
                await asyncio.sleep(2)
                return
            case ["answers"]:
                await send({"type": "websocket.send", "text": str(answers)})
