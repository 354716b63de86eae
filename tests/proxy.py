"""A TCP proxy in front of a database or a server, which loses what a test tells it to.

A failover or a firewall that forgets a connection does the same: nobody is told, both ends stay
open, and nothing arrives any more. A bad line loses one direction only, or is slow.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Self

BUFFER = 65_536

Way = Literal["to server", "to client"]
WAYS: tuple[Way, ...] = ("to server", "to client")


@dataclass
class Line:
    """One direction of all connections.

    Attributes:
        delay: seconds by which each portion comes later, and whatever waits behind it.
        rate: bytes a second; 0 for as many as there are.
        lost: whether connections that are opened from now on lose what is sent this way.
    """

    delay: float = 0.0
    rate: float = 0.0
    lost: bool = False

    def wait(self, size: int) -> None:
        """Take as long as a portion of this size takes."""
        if seconds := self.delay + (size / self.rate if self.rate else 0.0):
            time.sleep(seconds)


class Proxy:
    """Passes connections on to a port of the loopback interface.

    Args:
        to: the port.
        keepalive: seconds after which both ends of a connection that was forgotten see that it is
            lost, as the kernel finds out where keepalives are on. None: never.

    Attributes:
        port: where it listens.
        lines: both directions.
        lost: how many queries it has swallowed.
        silent: whether it takes connections and passes nothing on, not even their greeting.
    """

    def __init__(self, to: int, keepalive: float | None = None) -> None:
        self.lost = 0
        self.silent = False
        self.lines: dict[Way, Line] = {way: Line() for way in WAYS}
        self.keepalive = keepalive
        self._to = to
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pattern: re.Pattern[bytes] | None = None
        self._times = 0
        self._open: set[_Connection] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        # Closing a socket does not wake whoever waits for it; shutting it down does.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            open_now = list(self._open)
        for each in open_now:
            each.close()

    def swallow(self, query: str, times: int = 1) -> None:
        """Lose the next queries that match, and whatever follows on their connections.

        Args:
            query: a regular expression that is searched for in what clients send.
            times: how many.
        """
        with self._lock:
            self._pattern, self._times = re.compile(query.encode()), times

    def forget(self, *ways: Way) -> None:
        """Lose all that is sent from now on over the connections that are open.

        Args:
            ways: in which directions; none named: in both.
        """
        with self._lock:
            for each in self._open:
                each.lost |= set(ways or WAYS)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                connection = _Connection(self, client)
                with self._lock:
                    self._open.add(connection)
                if not self.silent:
                    threading.Thread(target=self._pass_on, args=(connection,), daemon=True).start()

    def _pass_on(self, connection: _Connection) -> None:
        connection.live(self._to)
        with self._lock:
            self._open.discard(connection)

    def swallows(self, sent: bytes) -> bool:
        """Say whether what a client has sent is to be lost."""
        with self._lock:
            if not self._times or self._pattern is None or not self._pattern.search(sent):
                return False
            self._times -= 1
            self.lost += 1
            return True


class _Connection:
    """A connection through a proxy: one thread for each direction.

    Attributes:
        lost: the directions in which nothing arrives any more.
    """

    def __init__(self, proxy: Proxy, client: socket.socket) -> None:
        self.lost: set[Way] = {way for way, line in proxy.lines.items() if line.lost}
        self._proxy = proxy
        self._client = client
        self._server: socket.socket | None = None
        self._over = threading.Event()

    def live(self, port: int) -> None:
        """Pass on what is sent, until either end is closed."""
        try:
            self._server = server = socket.create_connection(("127.0.0.1", port))
        except OSError:  # nobody is there at the moment, which the client has to see
            self._client.close()
            return
        back = threading.Thread(target=self._pump, args=("to client",), daemon=True)
        with self._client, server:
            back.start()
            self._pump("to server")
            back.join()

    def close(self) -> None:
        """Close both ends."""
        self._end()
        for end in (self._client, self._server):
            if end is not None:
                end.close()

    def _end(self) -> None:
        self._over.set()
        for end in (self._client, self._server):
            if end is not None:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _pump(self, way: Way) -> None:
        assert self._server is not None
        ends = (self._client, self._server)
        source, target = ends if way == "to server" else ends[::-1]
        with suppress(OSError):
            while sent := source.recv(BUFFER):
                if way == "to server" and self._proxy.swallows(sent):
                    self.lost |= set(WAYS)
                    self._over.wait()  # for ever; both ends stay open
                self._proxy.lines[way].wait(len(sent))
                if way in self.lost:
                    self._over.wait(self._proxy.keepalive)
                    break
                target.sendall(sent)
        if self.lost == set(WAYS) and not self._over.is_set():
            # Its end is gone, which the other end must not be told.
            self._over.wait(self._proxy.keepalive)
        self._end()
