"""Catalogues of translations, compiled without gettext's tools."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path

HEADER = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
LATER, PLURAL = "\x04", "\0"
"""How a catalogue tells a context from its text, and the forms of a plural apart."""


def write_catalogue(directory: Path, language: str, messages: Mapping[str, str]) -> None:
    """Write what makemessages, a translator and compilemessages would."""
    place = directory / language / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "django.mo").write_bytes(_compiled({"": HEADER, **messages}))


def _compiled(messages: Mapping[str, str]) -> bytes:
    texts = [text.encode() for pair in sorted(messages.items()) for text in pair]
    start = 28 + 8 * len(texts)
    places = accumulate((len(text) + 1 for text in texts), initial=start)
    table = [(len(text), place) for text, place in zip(texts, places, strict=False)]
    count = len(messages)
    head = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, start)
    rows = b"".join(struct.pack("<2I", *row) for row in table[::2] + table[1::2])
    return head + rows + b"".join(text + b"\0" for text in texts)
