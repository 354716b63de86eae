"""A client that writes its frames by hand, so that it may write wrong ones, and reads bare frames.

What the frames mean is told in RFC 6455, section 5.
"""

from __future__ import annotations

import base64
import secrets
import socket
import ssl
import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple, Self

PATIENCE = 20.0
NO_MASK = bytes(4)
"""Clients must mask; this mask changes nothing, which is quick."""


class Opcode(IntEnum):
    """What a frame is."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class Frame(NamedTuple):
    """A frame as it came, with the octets of its head, which tell how its length is written."""

    head: bytes
    payload: bytes

    @property
    def final(self) -> bool:
        return bool(self.head[0] & 0x80)

    @property
    def reserved(self) -> int:
        return self.head[0] >> 4 & 0x7

    @property
    def opcode(self) -> Opcode:
        return Opcode(self.head[0] & 0xF)

    @property
    def masked(self) -> bool:
        return bool(self.head[1] & 0x80)


def frame(opcode: Opcode, payload: bytes = b"", *, final: bool = True) -> bytes:
    """Return a client's frame."""
    size = len(payload)
    first = opcode | (0x80 if final else 0)
    if size < 126:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    return head + NO_MASK + payload


def text(content: str) -> bytes:
    """Return a text message of one frame."""
    return frame(Opcode.TEXT, content.encode())


def ping(payload: bytes) -> bytes:
    return frame(Opcode.PING, payload)


def close(code: int) -> bytes:
    return frame(Opcode.CLOSE, struct.pack("!H", code))


def close_code(closing: Frame) -> int:
    """Return the code that a close frame gives."""
    code: int = struct.unpack("!H", closing.payload[:2])[0]
    return code


class Ended(Exception):
    """The server ended the TCP connection."""


class Peer:
    """A WebSocket connection of which one end is ours.

    Args:
        port: where a server listens on the loopback interface.
        path: what is asked for.
        tls: speaks TLS with this context.
        headers: added to the request.
        receive_buffer: how many bytes the kernel keeps for us while we do not read.
    """

    def __init__(
        self,
        port: int,
        path: str = "/",
        *,
        tls: ssl.SSLContext | None = None,
        headers: tuple[str, ...] = (),
        receive_buffer: int | None = None,
    ) -> None:
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(("127.0.0.1", port))
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.pings = 0
        """How many pings came from the server. None is answered: servers wait longer for that than
        a test lasts, and an answer that followed our close would be wrong."""
        self._unread = bytearray()
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        request = (
            f"GET {path} HTTP/1.1",
            f"Host: localhost:{port}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
            *headers,
        )
        self.write("\r\n".join([*request, "", ""]).encode())
        self.response = self._read_response()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.socket.close()

    def write(self, *octets: bytes) -> None:
        """Write what may be frames, or parts of them, at once."""
        self.socket.sendall(b"".join(octets))

    def read(self) -> Frame:
        """Return the next frame that is not a ping.

        Raises:
            Ended: if the server ended the connection between frames.
            AssertionError: if it ended within one.
        """
        while (got := self._read()).opcode is Opcode.PING:
            self.pings += 1
        return got

    def read_texts(self, count: int) -> list[str]:
        """Return the next messages, each of which must be an unmasked text frame of its own."""
        return [self.read_text() for _ in range(count)]

    def read_text(self) -> str:
        """Return the next message, which must be one unmasked text frame."""
        got = self.read()
        assert got.opcode is Opcode.TEXT, got
        assert got.final, got.head
        assert not got.masked, got.head
        assert got.reserved == 0, got.head
        return got.payload.decode()

    def read_to_end(self) -> Iterator[Frame]:
        """Give the frames up to the end of the connection."""
        while True:
            try:
                yield self.read()
            except Ended:
                return

    def _read_response(self) -> str:
        while b"\r\n\r\n" not in self._unread:
            self._fill()
        response, self._unread = self._unread.split(b"\r\n\r\n", 1)
        return response.decode()

    def _read(self) -> Frame:
        head = self._take(2, at_start=True)
        size = head[1] & 0x7F
        if size >= 126:
            longer = self._take(2 if size == 126 else 8)
            head += longer
            size = int.from_bytes(longer, "big")
        return Frame(head, self._take(size))

    def _take(self, size: int, *, at_start: bool = False) -> bytes:
        while len(self._unread) < size:
            try:
                self._fill()
            except Ended:
                between_frames = at_start and not self._unread
                assert between_frames, "The connection ended within a frame."
                raise
        taken = bytes(self._unread[:size])
        del self._unread[:size]
        return taken

    def _fill(self) -> None:
        try:
            received = self.socket.recv(1 << 18)
        except ConnectionResetError:
            received = b""
        if not received:
            raise Ended
        self._unread += received
