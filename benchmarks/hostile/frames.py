"""Hostile frames of a WebSocket, as bytes: wrong inside, and wrong as frames."""

from __future__ import annotations

import os
import struct
from random import Random

from benchmarks.hostile import values

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
FIN = 0x80
COMMANDS: dict[str, tuple[str, ...]] = {
    "hello": ("since", "inbox", "ticket"),
    "sync": ("since", "inbox"),
    "page": ("before", "limit", "unread", "archived", "group", "inbox"),
    "read": ("ids", "inbox"),
    "unread": ("upto",),
    "seen": ("upto",),
    "archive": ("ids",),
    "unarchive": ("ids",),
    "delete": ("ids",),
    "snooze": ("ids", "until"),
    "subscribe": ("key", "target"),
    "unsubscribe": ("key", "target"),
}


def frame(opcode: int, data: bytes, *, fin: bool = True, rsv: int = 0) -> bytes:
    """Return a masked frame."""
    size = len(data)
    head = bytes([(FIN if fin else 0) | rsv | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 1 << 16:
        head += struct.pack("!BH", 0x80 | 126, size)
    else:
        head += struct.pack("!BQ", 0x80 | 127, size)
    return head + bytes(4) + data  # masked with zeros: legal, and free


def hostile(random: Random) -> bytes:
    """Return a frame that no well-behaved client sends, which leaves the connection open."""
    kind = random.random()
    if kind < 0.84:
        return frame(TEXT, command(random))
    if kind < 0.92:
        return frame(random.choice((PING, PONG)), random.randbytes(random.choice((0, 1, 125))))
    if kind < 0.97:
        return _fragmented(random, command(random))
    if kind < 0.975:
        return frame(BINARY, random.randbytes(random.choice((0, 1, 100, 20_000))))
    if kind < 0.98:
        return frame(TEXT, b"x" * random.choice((16_385, 100_000)))
    return frame(TEXT, b'{"rev":1,"beat":"guessed"}')


def command(random: Random) -> bytes:
    """Return what looks like a command."""
    said: dict[str, object] = {}
    if random.random() < 0.9:
        said["id"] = random.randrange(1, 1000) if random.random() < 0.8 else values.value(random)
    for _ in range(random.choice((1, 1, 1, 1, 1, 0, 2))):
        name = random.choice(tuple(COMMANDS))
        said[name] = values.arguments(random, COMMANDS[name])
    if random.random() < 0.05:
        said |= {"rev": values.value(random), "beat": values.value(random)}
    if random.random() < 0.1:
        said[values.text(random)] = values.value(random)
    return values.as_json(random, said)


def _fragmented(random: Random, data: bytes) -> bytes:
    """Return a text in pieces, with a ping between some of them."""
    pieces = [data[at : at + 40] for at in range(0, min(len(data), 400), 40)] or [b""]
    parts = []
    for number, piece in enumerate(pieces):
        parts.append(frame(0 if number else TEXT, piece, fin=number == len(pieces) - 1))
        if random.random() < 0.2:
            parts.append(frame(PING, b"between"))
    return b"".join(parts)


def fatal(random: Random) -> bytes:
    """Return what breaks the rules of WebSockets, after which a server closes."""
    return random.choice(
        (
            frame(TEXT, b"\xff\xfe\xc3\x28"),  # no UTF-8
            frame(random.choice((0x3, 0x7, 0xB, 0xF)), b"?"),  # no such opcode
            frame(TEXT, b"{}", rsv=random.choice((0x10, 0x20, 0x40, 0x70))),
            frame(PING, b"x" * 126),  # control frames are short
            frame(PING, b"x", fin=False),  # and whole
            frame(0, b"continues nothing"),
            frame(TEXT, b"{", fin=False) + frame(TEXT, b"}"),
            bytes([FIN | TEXT, 2]) + b"{}",  # not masked
            bytes([FIN | TEXT, 0x80 | 127]) + b"\xff" * 8 + bytes(4),  # of 2**64 bytes
            bytes([FIN | TEXT, 0x80 | 127]) + struct.pack("!Q", 1 << 40) + bytes(4) + b"begins",
            frame(CLOSE, b"\x03"),
            frame(CLOSE, struct.pack("!H", random.choice((0, 999, 1005, 1006, 1015, 2999, 65535)))),
            frame(CLOSE, struct.pack("!H", 1000) + b"\xff\xff"),
            frame(CLOSE, struct.pack("!H", 4001) + b"x" * 123) + frame(TEXT, b"{}"),
            frame(TEXT, b"{" * 100)[:50],  # half a frame, and then nothing
            os.urandom(200),
        )
    )
