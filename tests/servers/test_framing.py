"""Frames of a WebSocket server."""

from __future__ import annotations

import pytest

from realtime_notify.servers.framing import text_frame


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, "8100"),
        (125, "817d"),
        (126, "817e007e"),
        (65_535, "817effff"),
        (65_536, "817f0000000000010000"),
    ],
)
def test_the_head_says_how_long_the_text_is(size, head):
    text = bytes(size)

    assert text_frame([text[:10], text[10:]]) == bytes.fromhex(head) + text
