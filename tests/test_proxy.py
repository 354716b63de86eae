"""The proxy, which loses what it is told to and nothing else."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

import pytest

from tests.proxy import Proxy


@pytest.fixture
def echo():
    """Serve what is sent back to whoever has sent it; give the port."""

    def answer(end):
        with suppress(OSError), end:
            while sent := end.recv(1000):
                end.sendall(sent)

    def accept():
        with suppress(OSError):
            while True:
                end, _ = listener.accept()
                threading.Thread(target=answer, args=(end,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()


def ask(end, word=b"word"):
    end.sendall(word)
    return end.recv(1000)


@pytest.mark.parametrize("way", ["to server", "to client"])
def test_what_is_sent_one_way_is_lost_until_keepalives_would_see_it(echo, way):
    with Proxy(echo, keepalive=0.3) as proxy:
        with socket.create_connection(("127.0.0.1", proxy.port)) as before:
            assert ask(before) == b"word"
            proxy.forget(way)
            before.settimeout(0.1)
            with pytest.raises(TimeoutError):
                ask(before)
            before.settimeout(10)
            assert before.recv(1000) == b""

        with socket.create_connection(("127.0.0.1", proxy.port)) as after:
            assert ask(after) == b"word"


def test_new_connections_are_lost_while_a_line_is(echo):
    with Proxy(echo) as proxy:
        proxy.lines["to client"].lost = True
        address = ("127.0.0.1", proxy.port)
        with socket.create_connection(address, timeout=0.1) as during, pytest.raises(TimeoutError):
            ask(during)
        proxy.lines["to client"].lost = False
        with socket.create_connection(("127.0.0.1", proxy.port)) as after:
            assert ask(after) == b"word"


def test_a_slow_line_passes_everything_on_late_and_in_order(echo):
    began = time.monotonic()

    with Proxy(echo) as proxy, socket.create_connection(("127.0.0.1", proxy.port)) as end:
        proxy.lines["to server"].delay, proxy.lines["to client"].rate = 0.01, 100_000.0

        assert [ask(end, b"%d" % number) for number in range(5)] == [b"0", b"1", b"2", b"3", b"4"]
    assert time.monotonic() - began >= 5 * 0.01
