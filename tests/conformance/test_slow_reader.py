"""A client that does not read, or not as fast as is written."""

from __future__ import annotations

import time

from tests.conformance.echo import MESSAGE
from tests.conformance.peer import Opcode, ping, text
from tests.conformance.servers import Daphne

MESSAGES = 500
"""They make 32 MB, many times what the kernel keeps for a client that does not read."""


def progress_at_rest(peer):
    """Return how many messages have been poured once no more are."""
    before, now = -1, 0
    while now > before:
        time.sleep(0.3)
        peer.write(text("?"))
        before, now = now, int(peer.read_text())
    return now


def test_a_writer_waits_for_a_client_that_does_not_read_and_loses_nothing(server, connect):
    peer = connect("/pour", receive_buffer=1 << 16)

    peer.write(text(str(MESSAGES)), *[ping(b"?")] * 10)
    poured = progress_at_rest(connect("/progress"))
    got = [peer.read() for _ in range(MESSAGES + 10)]

    if isinstance(server, Daphne):
        # Its send waits for nobody and keeps everything: an application must count what it sends.
        assert poured == MESSAGES
    else:
        assert 0 < poured < MESSAGES // 2
    assert [one.payload for one in got if one.opcode is Opcode.PONG] == [b"?"] * 10
    texts = [one.payload.decode() for one in got if one.opcode is Opcode.TEXT]
    assert texts == [f"{number} {MESSAGE}" for number in range(MESSAGES)]


def test_messages_that_a_busy_reader_makes_wait_keep_their_order(connect):
    peer = connect("/pour", receive_buffer=1 << 14)

    peer.write(text("300"))

    assert peer.read_texts(300) == [f"{number} {MESSAGE}" for number in range(300)]
