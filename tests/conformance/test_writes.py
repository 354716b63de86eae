"""Frames that are written past ASGI, beside those of the server and of ASGI."""

from __future__ import annotations

import struct

import pytest

from tests.conformance.peer import Opcode, frame, ping, text

SIZES = [1, 125, 126, 127, 65535, 65536, 65537, 1 << 20]


def shortest_head(size):
    """Return the head of a server's text frame, its length in the fewest octets possible."""
    if size < 126:
        return struct.pack("!BB", 0x81, size)
    if size < 65536:
        return struct.pack("!BBH", 0x81, 126, size)
    return struct.pack("!BBQ", 0x81, 127, size)


def test_only_a_raw_server_offers_a_raw_writer(server, connect):
    peer = connect("/how")

    peer.write(text("?"))

    assert peer.read_text() == ("raw" if server.raw else "plain")


def test_nothing_can_be_written_before_the_handshake_is_complete(connect):
    peer = connect("/early")

    peer.write(text("?"))

    assert peer.read_text() in {"raw", "plain"}


@pytest.mark.parametrize("size", SIZES)
def test_a_head_is_as_short_as_the_length_allows(size, connect):
    peer = connect("/")

    peer.write(text("x" * size))
    got = peer.read()

    assert got.head == shortest_head(size)
    assert got.payload == b"x" * size


def test_a_raw_writer_writes_an_empty_message(raw_server, connect_raw):
    peer = connect_raw("/")

    peer.write(text(""), text("next"))

    assert peer.read_texts(2) == ["", "next"]


def test_a_raw_writer_writes_a_message_of_no_chunks(raw_server, connect_raw):
    peer = connect_raw("/split")

    peer.write(text(""), text("next"))

    assert peer.read_texts(2) == ["", "next"]


@pytest.mark.parametrize("size", [999, 1001, 65536, 1 << 20])
def test_chunks_that_are_cut_within_characters_make_one_frame(size, connect):
    peer = connect("/split")
    message = ("aé€😀" * (size // 4 + 1))[:size]

    peer.write(text(message))

    assert peer.read_text() == message


def test_ten_thousand_small_frames_come_in_order(connect):
    peer = connect("/burst")

    peer.write(text("10000"))

    assert peer.read_texts(10_000) == [str(number) for number in range(10_000)]


def test_frames_keep_their_order_with_those_that_asgi_sends(connect):
    peer = connect("/alternate")

    peer.write(text("3000"))
    got = [peer.read() for _ in range(3000)]

    assert [one.payload for one in got] == [str(number).encode() for number in range(3000)]
    assert [one.opcode for one in got] == [Opcode.TEXT, Opcode.TEXT, Opcode.BINARY] * 1000


def test_pongs_come_between_frames_and_not_within_them(connect):
    peer = connect("/count")

    peer.write(text("2000"), *(ping(f"ping {number}".encode()) for number in range(200)))
    got = [peer.read() for _ in range(2200)]

    pongs = [one.payload for one in got if one.opcode is Opcode.PONG]
    texts = [one.payload for one in got if one.opcode is Opcode.TEXT]
    assert pongs == [f"ping {number}".encode() for number in range(200)]
    assert texts == [str(number).encode() for number in range(2000)]
    assert got[-1].opcode is Opcode.TEXT, "the pongs came last, and so not between the frames"


def test_frames_come_whole_while_the_client_is_within_a_fragmented_message(connect):
    peer = connect("/count")

    peer.write(text("1000"), frame(Opcode.TEXT, b"1", final=False))
    first = peer.read_texts(1000)
    peer.write(frame(Opcode.CONTINUATION, b"0", final=False), ping(b"between"))
    pong = peer.read()
    peer.write(frame(Opcode.CONTINUATION, b"0"))

    assert first == [str(number) for number in range(1000)]
    assert (pong.opcode, pong.payload) == (Opcode.PONG, b"between")
    assert peer.read_texts(100) == [str(number) for number in range(100)]


def test_a_raw_server_declines_to_compress(raw_server, connect_raw):
    peer = connect_raw("/", headers=("Sec-WebSocket-Extensions: permessage-deflate",))

    peer.write(text("as it is"))

    assert "permessage-deflate" not in peer.response
    assert peer.read_text() == "as it is"
