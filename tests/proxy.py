"""A TCP proxy in front of a database or a server, which loses what a test tells it to.

A failover or a firewall that forgets a connection does the same: nobody is told, both ends stay
open, and nothing arrives any more.
"""

from __future__ import annotations

import re
import select
import socket
import threading
from contextlib import suppress
from typing import Self

BUFFER = 65_536


class Proxy:
    """Passes connections on to a port of the loopback interface.

    Attributes:
        port: where it listens.
        lost: how many queries it has swallowed.
        silent: whether it takes connections and passes nothing on, not even their greeting.
    """

    def __init__(self, to: int) -> None:
        self.lost = 0
        self.silent = False
        self._to = to
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pattern: re.Pattern[bytes] | None = None
        self._times = 0
        self._open: list[socket.socket] = []
        self._forgotten = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        # Closing a socket does not wake whoever waits for it; shutting it down does.
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def swallow(self, query: str, times: int = 1) -> None:
        """Lose the next queries that match, and whatever follows on their connections.

        Args:
            query: a regular expression that is searched for in what clients send.
            times: how many.
        """
        with self._lock:
            self._pattern, self._times = re.compile(query.encode()), times

    def forget(self) -> None:
        """Lose all that either end sends from now on over the connections that are open."""
        self._forgotten = len(self._open)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._open.append(client)
                if not self.silent:
                    threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._to))
        except OSError:  # nobody is there at the moment, which the client has to see
            client.close()
            return
        self._open.append(server)
        place = self._open.index(client)
        with suppress(OSError, ValueError), client, server:  # one of them was closed
            while True:
                for source in select.select([client, server], [], [])[0]:
                    if place < self._forgotten:
                        threading.Event().wait()  # for ever; both ends stay open
                    sent = source.recv(BUFFER)
                    if not sent:
                        return
                    if source is client and self._swallows(sent):
                        threading.Event().wait()
                    (server if source is client else client).sendall(sent)

    def _swallows(self, sent: bytes) -> bool:
        with self._lock:
            if not self._times or self._pattern is None or not self._pattern.search(sent):
                return False
            self._times -= 1
            self.lost += 1
            return True
