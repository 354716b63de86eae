"""The raw writers of both servers, against a client of another make."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.site import KINDS, Server

APPLICATION = "tests.servers.application:application"


@pytest.fixture(scope="module", params=["daphne-raw", "uvicorn-raw"])
def server(request, tmp_path_factory):
    class Served(KINDS[request.param]):
        def command(self):
            return [*super().command()[:-1], APPLICATION]

    log = tmp_path_factory.mktemp("server") / "log"
    server = Served({**os.environ, "PYTHONWARNINGS": "default"}, log)
    server.start()
    yield server
    server.stop()
    assert log.read_text() == ""


@pytest.fixture
def socket(server: Server) -> Iterator[ClientConnection]:
    with connect(server.ws_url, max_size=None) as socket:
        yield socket


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 2_000_000])
def test_a_frame_of_any_size_arrives_whole(socket, size):
    socket.send(f"write {size}")
    assert socket.recv(timeout=10) == "x" * size


def test_frames_of_the_writer_and_of_asgi_keep_their_order(socket):
    socket.send("interleave 2000")
    assert [socket.recv(timeout=10) for _ in range(2000)] == [str(n) for n in range(2000)]


def test_a_client_that_reads_late_gets_everything_in_order(server):
    with connect(server.ws_url, max_size=None, max_queue=1) as socket:
        for _ in range(20):
            socket.send("write 300000")
        socket.send("interleave 10")
        for _ in range(20):
            assert len(socket.recv(timeout=10)) == 300_000
        assert [socket.recv(timeout=10) for _ in range(10)] == [str(n) for n in range(10)]


def test_nothing_is_written_after_the_close(server, socket):
    socket.send("close")
    with pytest.raises(ConnectionClosed):
        socket.recv(timeout=10)
    assert socket.close_code == 4001
    with connect(server.ws_url) as another:
        another.send("answers")
        assert another.recv(timeout=10) == "[False]"


def test_text_that_is_not_utf_8_ends_its_socket_and_leaves_nothing_in_the_log(server, socket):
    with connect(server.ws_url) as neighbour:
        socket.send([b'"', b"\xff", b'"'], text=True)
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)
        neighbour.send("write 3")
        assert neighbour.recv(timeout=10) == "xxx"


def test_sockets_are_not_compressed(socket):
    assert socket.response is not None
    assert "Sec-WebSocket-Extensions" not in socket.response.headers


def test_a_client_that_floods_has_to_wait_when_nobody_reads_any_more(socket):
    socket.send("deaf")
    assert socket.recv(timeout=10) == "deaf"
    flood = socket.socket.dup()
    flood.settimeout(1.0)

    with flood, pytest.raises(TimeoutError):
        flood.sendall(bytes(100_000_000))
