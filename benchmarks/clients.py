"""A thousand browsers in one process, lean enough not to be what is measured.

Raw sockets on one epoll. Each says hello, keeps every frame it gets, and answers heartbeats. What
was delivered is counted in shared memory while it runs, and checked frame by frame afterwards.

The tests' client (`realtime_notify.testing.session`) is too slow for this: parsing and storing
every frame of a thousand browsers would take more processor time than the server under
measurement, on the same machine.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import socket
import struct
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing import Process, Queue, Value
from typing import Any

HEARTBEAT = 80  # bytes; a longer frame is none
ITEM = b'"occurrences":'
NAP = 0.0005
"""Seconds for which the clients do not look what has arrived. Real ones are on other machines: a
server does not have to wake them up with each frame, which would be most of what it does."""


class Clients:
    """The process with all browsers, seen from outside."""

    def __init__(self, port: int, cookies: list[str]) -> None:
        self._delivered = Value("q", 0, lock=False)
        self._frames = Value("q", 0, lock=False)
        self._connected = Value("q", 0, lock=False)
        self._stop = Value("q", 0, lock=False)
        self._results: Queue[Any] = Queue()
        self.process = Process(
            target=_run,
            args=(
                *(port, cookies, self._connected, self._delivered, self._frames),
                *(self._stop, self._results),
            ),
        )
        self.process.start()

    @property
    def connected(self) -> int:
        """How many have been greeted."""
        return int(self._connected.value)

    @property
    def delivered(self) -> int:
        """How many notifications have arrived, at all of them together."""
        return int(self._delivered.value)

    @property
    def frames(self) -> int:
        """How many frames brought them."""
        return int(self._frames.value)

    def finish(self) -> list[Counter[int]]:
        """End; give what each got: how often, by number."""
        self._stop.value = 1
        results: list[Counter[int]] = self._results.get(timeout=120)
        self.process.join()
        return results


class Client:
    """One browser."""

    __slots__ = ("buffer", "cookie", "frames", "greeted", "socket")

    def __init__(self, port: int, cookie: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.cookie = cookie
        self.buffer = b""
        self.frames: list[bytes] = []
        self.greeted = False
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /ws/notifications/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\nCookie: {cookie}\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(4096) or b"\r\n\r\n"
        head, self.buffer = answer.split(b"\r\n\r\n", 1)
        if b" 101 " not in head:
            raise ConnectionError(head.decode(errors="replace"))
        self.send(b'{"id":1,"hello":{}}')
        self.socket.setblocking(False)

    def send(self, text: bytes) -> None:
        """Send a short text frame, masked with zeros: legal, and free."""
        self.socket.send(struct.pack("!BBI", 0x81, 0x80 | len(text), 0) + text)

    def take(self, data: bytes) -> int:
        """Take what arrived; give how many notifications were in it."""
        if not data:
            raise ConnectionError(f"The server closed a connection: {self.frames[-1:]}")
        buffer = self.buffer + data if self.buffer else data
        delivered, at, end = 0, 0, len(buffer)
        if self.greeted and end > HEARTBEAT and end == 4 + (buffer[2] << 8) + buffer[3]:
            self.buffer = b""  # just one frame, as nearly always
            self.frames.append(buffer[4:])
            return buffer.count(ITEM)
        while end - at >= 2:
            size, start = buffer[at + 1], at + 2
            if size == 126:
                if end - at < 4:
                    break
                size, start = int.from_bytes(buffer[at + 2 : at + 4], "big"), at + 4
            elif size == 127:
                if end - at < 10:
                    break
                size, start = int.from_bytes(buffer[at + 2 : at + 10], "big"), at + 10
            if end < start + size:
                break
            if buffer[at] == 0x81:
                delivered += self.read(buffer[start : start + size])
            at = start + size
        self.buffer = buffer[at:]
        return delivered

    def read(self, text: bytes) -> int:
        """Read one frame."""
        if not self.greeted:
            self.greeted = not text.startswith(b'{"bye":')
            return 0
        if len(text) < HEARTBEAT and b'"beat":' in text:
            self.send(text)
            return 0
        self.frames.append(text)
        return text.count(ITEM)


def _run(
    port: int,
    cookies: list[str],
    connected: Any,
    delivered: Any,
    frames: Any,
    stop: Any,
    results: Any,
) -> None:
    clients: dict[int, Client] = {}
    poll = select.epoll()
    unopened: Iterator[str] = iter(cookies)
    while not stop.value:
        # No more at once than are greeted soon: this is not about crowds.
        ungreeted = len(clients) - connected.value
        for cookie in itertools.islice(unopened, max(0, 10 - ungreeted)):
            client = Client(port, cookie)
            clients[client.socket.fileno()] = client
            poll.register(client.socket.fileno(), select.EPOLLIN)
        arrived = came = 0
        time.sleep(NAP)
        for number, _ in poll.poll(0, 4096):
            client = clients[number]
            had = len(client.frames)
            try:
                arrived += client.take(client.socket.recv(262_144))
            except ConnectionError:
                if client.greeted:
                    raise
                # Refused, because the server is busy: its turn comes again.
                poll.unregister(number)
                clients.pop(number).socket.close()
                unopened = itertools.chain([client.cookie], unopened)
            came += len(client.frames) - had
        delivered.value += arrived
        frames.value += came
        if connected.value < len(cookies):
            connected.value = sum(client.greeted for client in clients.values())
    results.put([_count(client.frames) for client in clients.values()])
    for client in clients.values():
        client.socket.close()


def _count(frames: list[bytes]) -> Counter[int]:
    """How often each notification arrived, by the number its event was given."""
    return Counter(item["data"]["n"] for frame in frames for item in json.loads(frame)["put"])
