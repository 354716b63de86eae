"""A WebSocket as a browser opens it, for as long as it takes to hear one frame.

It needs no library: the upgrade is an HTTP request, and of RFC 6455 only a short frame each way
(https://www.rfc-editor.org/rfc/rfc6455#section-5.2).
"""

from __future__ import annotations

import json
import os
import ssl
import struct
from base64 import b64encode
from hashlib import sha1
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import IO, Any, NamedTuple
from urllib.parse import urlsplit

from realtime_notify.wire.protocol import SUBPROTOCOL

TIMEOUT = 10.0
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT = 0x81


class NoSocket(Exception):
    """The address did not become a WebSocket that speaks our protocol."""


class Opening(NamedTuple):
    """What came of opening a socket.

    Attributes:
        status: the status of the answer; 101 is an upgrade.
        frame: the first frame of the server, empty without an upgrade.
    """

    status: int
    frame: dict[str, Any]


def open_socket(url: str, origin: str, timeout: float = TIMEOUT) -> Opening:
    """Open a socket like a page of `origin`, say hello without a session, and hear the answer.

    Args:
        url: http(s) or ws(s).
        origin: what the browser would say of the page.
        timeout: seconds to wait for each step.

    Raises:
        NoSocket: the answer is not that of a WebSocket, or of another protocol.
        OSError: nobody answers.
    """
    parts = urlsplit(url)
    secure = parts.scheme in ("https", "wss")
    connection = (
        HTTPSConnection(parts.netloc, timeout=timeout, context=ssl.create_default_context())
        if secure
        else HTTPConnection(parts.netloc, timeout=timeout)
    )
    key = b64encode(os.urandom(16))
    try:
        connection.request(
            "GET",
            parts.path or "/",
            headers={
                "Upgrade": "websocket",
                "Connection": "Upgrade",
                "Sec-WebSocket-Key": key.decode(),
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Protocol": SUBPROTOCOL,
                "Origin": origin,
            },
        )
        wire = connection.sock  # an answer that is no upgrade closes it
        response = connection.getresponse()
        if response.status != 101:
            return Opening(response.status, {})
        _check_upgrade(response, key)
        wire.sendall(_masked(b'{"id":1,"hello":{}}'))
        return Opening(response.status, _first_frame(response.fp))
    finally:
        connection.close()


def _check_upgrade(response: HTTPResponse, key: bytes) -> None:
    expected = b64encode(sha1(key + _GUID).digest()).decode()  # noqa: S324  (RFC 6455 says so)
    if response.headers.get("Sec-WebSocket-Accept") != expected:
        raise NoSocket("its answer to the upgrade has no valid Sec-WebSocket-Accept")
    if (spoken := response.headers.get("Sec-WebSocket-Protocol")) != SUBPROTOCOL:
        raise NoSocket(f"it speaks {spoken or 'no subprotocol'}, not {SUBPROTOCOL}")


def _masked(text: bytes) -> bytes:
    """Return a short text as a client sends it."""
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(text))
    return bytes([_TEXT, 0x80 | len(text)]) + mask + masked


def _first_frame(stream: IO[bytes]) -> dict[str, Any]:
    """Return the first frame of a server that speaks our protocol."""
    head = stream.read(2)
    if len(head) < 2 or head[0] != _TEXT:
        raise NoSocket("its first frame is not a text")
    length = head[1]
    if length == 126:
        (length,) = struct.unpack("!H", stream.read(2))
    try:
        frame = json.loads(stream.read(length))
    except ValueError:
        frame = None
    if not isinstance(frame, dict):
        raise NoSocket("its first frame is not a JSON object")
    return frame
