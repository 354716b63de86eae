"""Frames of a WebSocket server (https://www.rfc-editor.org/rfc/rfc6455#section-5.2)."""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct

_TEXT = 0x81  # a whole message
_SHORT = Struct("!BB").pack
_MEDIUM = Struct("!BBH").pack
_LONG = Struct("!BBQ").pack


def text_frame(chunks: Sequence[bytes]) -> bytes:
    """Return the frame of a text message, as a server sends it: unmasked.

    Args:
        chunks: its UTF-8, in parts.
    """
    text = b"".join(chunks)
    size = len(text)
    if size < 126:
        return _SHORT(_TEXT, size) + text
    if size < 1 << 16:
        return _MEDIUM(_TEXT, 126, size) + text
    return _LONG(_TEXT, 127, size) + text
