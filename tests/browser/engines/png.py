"""What is painted, read from a screenshot: a computed style does not say that anybody sees it.

Firefox goes on computing the first frame of an animation for a panel whose place it had to choose,
long after it has painted the last.
"""

from __future__ import annotations

import zlib
from pathlib import Path

CHANNELS = {2: 3, 6: 4}

Colour = tuple[int, int, int]
"""Red, green and blue."""


def pixel(screenshot: Path, x: float, y: float) -> Colour:
    """Return red, green and blue of a point in a PNG file of 8 bits a channel."""
    data = screenshot.read_bytes()
    width, kind = int.from_bytes(data[16:20]), data[25]
    channels = CHANNELS[kind]
    line = bytearray(width * channels)
    packed = zlib.decompress(b"".join(_chunks(data, b"IDAT")))
    for row in range(round(y) + 1):
        start = row * (len(line) + 1)
        line = _unfilter(packed[start], packed[start + 1 : start + 1 + len(line)], line, channels)
    place = round(x) * channels
    return line[place], line[place + 1], line[place + 2]


def _chunks(data: bytes, wanted: bytes) -> list[bytes]:
    found, at = [], 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4])
        if data[at + 4 : at + 8] == wanted:
            found.append(data[at + 8 : at + 8 + length])
        at += length + 12
    return found


def _unfilter(kind: int, line: bytes, above: bytearray, channels: int) -> bytearray:
    """Undo what PNG does to a line to make it smaller: https://www.w3.org/TR/png-3/#9Filters."""
    done = bytearray(line)
    for at, value in enumerate(line):
        left = done[at - channels] if at >= channels else 0
        corner = above[at - channels] if at >= channels else 0
        up = above[at]
        nearest = min((left, up, corner), key=lambda each: abs(left + up - corner - each))
        done[at] = (value + (0, left, up, (left + up) // 2, nearest)[kind]) & 255
    return done
