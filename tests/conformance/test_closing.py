"""Writes around the end of a connection."""

from __future__ import annotations

import contextlib
import socket
import struct
import time

import pytest

from tests.conformance.peer import PATIENCE, Opcode, close, close_code, text
from tests.conformance.servers import Daphne

RESET = struct.pack("ii", 1, 0)
"""For SO_LINGER: the kernel sends a reset instead of an orderly end."""


def assert_numbered(frames):
    """Expect messages that begin with their numbers, none missing or out of order."""
    assert all(one.opcode is Opcode.TEXT for one in frames)
    numbers = [int(one.payload.split()[0]) for one in frames]
    assert numbers == list(range(len(frames)))


def test_nothing_is_written_after_the_close_of_the_application(connect):
    peer = connect("/leave")

    peer.write(text("go"))
    message, closing = peer.read(), peer.read()
    time.sleep(0.2)  # time to write after the close, were that done
    # Daphne ends the connection after a second, by a clock so coarse that it may be at once.
    with contextlib.suppress(ConnectionError):
        peer.write(close(4001))

    assert message.payload == b"before"
    assert closing.opcode is Opcode.CLOSE
    assert close_code(closing) == 4001
    assert list(peer.read_to_end()) == []


def test_nothing_is_written_after_the_close_of_the_client(connect):
    peer = connect("/persist")
    peer.write(text("0 0"))
    first = [peer.read() for _ in range(500)]

    peer.write(close(1000))
    *rest, last = peer.read_to_end()

    assert last.opcode is Opcode.CLOSE
    assert close_code(last) == 1000
    assert_numbered([*first, *rest])


def test_nothing_is_written_after_the_close_of_a_client_that_lags(connect):
    peer = connect("/persist", receive_buffer=1 << 16)
    peer.write(text("0.001 65536"))
    time.sleep(0.5)  # more is written than the kernel takes

    peer.write(close(1000))
    *rest, last = peer.read_to_end()

    assert last.opcode is Opcode.CLOSE
    assert close_code(last) == 1000
    assert_numbered(rest)


def test_nothing_is_written_after_a_wrong_frame_has_been_noticed(server, connect):
    peer = connect("/persist")
    peer.write(text("0 0"))
    first = [peer.read() for _ in range(500)]

    peer.write(b"\xff\xff")  # all reserved bits, and an opcode that there is not
    rest = list(peer.read_to_end())

    # Daphne ends the connection without a close frame, as RFC 6455 (7.1.7) allows.
    if not isinstance(server, Daphne):
        assert close_code(rest.pop()) == 1002
    assert_numbered([*first, *rest])


@pytest.mark.parametrize("goodbye", [close(1000), b""], ids=["closing", "without a word"])
def test_a_raw_writer_takes_nothing_once_its_client_has_gone(goodbye, connect_raw):
    late = connect_raw("/confess")
    late.write(text("?"))
    before, _ = map(int, late.read_text().split())
    peer = connect_raw("/persist")
    peer.write(text("0 0"))
    peer.read()

    peer.write(goodbye)
    peer.socket.close()
    tried, taken = before, 0
    deadline = time.monotonic() + PATIENCE
    while tried < before + 10:
        assert time.monotonic() < deadline
        late.write(text("?"))
        tried, taken = map(int, late.read_text().split())

    assert taken == 0


def test_a_client_that_vanishes_leaves_the_others_alone(server, connect):
    other = connect("/")
    logged = len(server.log.read_text())

    for _ in range(20):
        peer = connect("/persist")
        peer.write(text("0 0"))
        peer.read_text()
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        peer.socket.close()
    other.write(text("still here"))

    assert other.read_text() == "still here"
    assert "Traceback" not in server.log.read_text()[logged:]
