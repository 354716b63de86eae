"""Browsers that come back, and again if they are not greeted: by the real client's rules.

They are bare sockets in one process on one epoll, to cost little beside the server they measure.
The constants are those of ``frontend/src/client.ts``, ``socket.ts`` and ``backoff.ts``.
"""

from __future__ import annotations

import base64
import heapq
import json
import os
import random
import select
import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Array, Process, Queue, Value
from statistics import quantiles
from typing import Any, ClassVar

from realtime_notify.testing.backoff import wait

CONNECT_TIMEOUT = 10.0
HELLO_TIMEOUT = 10.0
TEXT, PING, PONG = 0x81, 0x89, 0x8A  # the first bytes of whole frames
SLICE = 200  # browsers that come at once
PER_ADDRESS = 2000  # browsers of one address, so that no address runs out of ports


@dataclass
class Outcome:
    """What happened to a crowd."""

    greeted: list[float] = field(default_factory=list)
    """Seconds from the start until each was greeted for the first time."""
    lost: list[str] = field(default_factory=list)
    """The last frames of those who were sent away after they had been greeted."""
    attempts: int = 0
    connect_timeouts: int = 0
    hello_timeouts: int = 0
    pushes: list[float] = field(default_factory=list)
    """Seconds from `notify()` to each frame that it led to."""

    def push(self, percent: int) -> float:
        """Return a percentile of the latencies of pushes."""
        return quantiles(self.pushes, n=100)[percent - 1] if len(self.pushes) > 1 else 0.0


class Browser:
    """One browser: at rest, on its way in, or greeted."""

    __slots__ = (
        "attempt",
        "bye",
        "cookie",
        "data",
        "first",
        "greeted",
        "number",
        "socket",
        "timer",
        "upgraded",
    )

    def __init__(self, number: int, cookie: str) -> None:
        self.number = number
        self.cookie = cookie
        self.attempt = 0
        self.socket: socket.socket | None = None
        self.timer = 0  # only the newest one counts
        self.first = True  # not greeted before
        self.rest()

    def rest(self) -> None:
        """Be without a socket."""
        if self.socket is not None:
            self.socket.close()
        self.socket = None
        self.data = b""
        self.upgraded = self.greeted = False
        self.bye: dict[str, Any] = {}


class Street:
    """The loop of the process: all come at once, and come back whenever they are sent away."""

    def __init__(
        self,
        port: int,
        cookies: list[str],
        since: int | None,
        rate: float | None,
        there: Any,
        count: Any,
    ) -> None:
        self.outcome = Outcome()
        self.poll = select.epoll()
        self.began = time.monotonic()
        self._port = port
        self._since = since
        self._rate = rate
        self._came = 0
        self.coming = [self.browser(number, cookie) for number, cookie in enumerate(cookies)]
        self._there = there
        self._count = count
        self._browsers: dict[int, Browser] = {}
        self._timers: list[tuple[float, int, int, Browser]] = []

    def connect(self, browser: Browser) -> None:
        """Begin an attempt."""
        self.outcome.attempts += 1
        one = browser.socket = socket.socket()
        one.setblocking(False)
        one.bind((f"127.0.0.{2 + browser.number // PER_ADDRESS}", 0))
        with suppress(BlockingIOError):
            one.connect(("127.0.0.1", self._port))
        self._browsers[one.fileno()] = browser
        self.poll.register(one.fileno(), select.EPOLLOUT)
        self._wait(browser, CONNECT_TIMEOUT)

    def browser(self, number: int, cookie: str) -> Browser:
        """Return a browser that has not come yet."""
        return Browser(number, cookie)

    def arrive(self) -> None:
        """Let come whoever comes now: a slice, for the answers of those before it arrive too."""
        everybody, passed = len(self.coming), time.monotonic() - self.began
        due = everybody if self._rate is None else min(everybody, int(self._rate * passed))
        upto = min(due, self._came + SLICE)
        for browser in self.coming[self._came : upto]:
            self.connect(browser)
        self._came = max(self._came, upto)

    def turn(self) -> None:
        """Do what is to be done now, for some hundredths of a second at most."""
        self.arrive()
        for number, event in self.poll.poll(0.02, 512):
            if browser := self._browsers.get(number):
                try:
                    self._write_or_read(browser, number, event)
                except OSError:
                    self._come_back(browser)
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            _, timer, _, browser = heapq.heappop(self._timers)
            if timer == browser.timer:
                self._on_timer(browser)

    def _wait(self, browser: Browser, seconds: float) -> None:
        browser.timer += 1
        entry = (time.monotonic() + seconds, browser.timer, browser.number, browser)
        heapq.heappush(self._timers, entry)

    def _on_timer(self, browser: Browser) -> None:
        if browser.socket is None:
            self.connect(browser)
            return
        if browser.upgraded:
            self.outcome.hello_timeouts += 1
        else:
            self.outcome.connect_timeouts += 1
        self._come_back(browser)

    def _write_or_read(self, browser: Browser, number: int, event: int) -> None:
        one = browser.socket
        if one is None:
            return
        if event & select.EPOLLOUT:
            key = base64.b64encode(os.urandom(16)).decode()
            one.send(
                f"GET /ws/notifications/ HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
                f"Origin: http://127.0.0.1:{self._port}\r\n"
                f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: {key}\r\nCookie: {browser.cookie}\r\n\r\n".encode()
            )
            self.poll.modify(number, select.EPOLLIN)
            return
        arrived = one.recv(65_536)
        if not arrived:
            self._come_back(browser)
            return
        browser.data += arrived
        if not browser.upgraded:
            head, end, rest = browser.data.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head:
                self._come_back(browser)
                return
            browser.upgraded, browser.data = True, rest
            one.send(frame(self.hello(browser)))
            self._wait(browser, HELLO_TIMEOUT)
        for kind, content in _frames(browser):
            if kind == TEXT:
                self.take(browser, content)
            elif kind == PING and browser.socket is not None:
                browser.socket.send(frame(content, PONG))

    def hello(self, browser: Browser) -> bytes:
        """Return the first command of a connection."""
        known = {} if self._since is None else {"since": self._since}
        return json.dumps({"id": 1, "hello": known}).encode()

    def take(self, browser: Browser, text: bytes) -> None:
        """Take a frame."""
        if text.startswith(b'{"bye":'):
            browser.bye = json.loads(text)["bye"]
        elif not browser.greeted:
            if b'"error":' in text:
                self._come_back(browser)
                return
            browser.greeted = True
            browser.timer += 1  # ends the wait
            self._there[browser.number] = 1
            self._count.value += 1
            if browser.first:
                self.outcome.greeted.append(time.monotonic() - self.began)
            browser.first = False
        elif b'"put":' in text:
            sent = text.partition(b'"data":{"t":')[2]
            if sent:
                self.outcome.pushes.append(time.monotonic() - float(sent.partition(b"}")[0]))
        elif b'"beat":' in text and browser.socket is not None:
            browser.socket.send(frame(text))

    def finish(self) -> Outcome:
        """Return what has happened."""
        return self.outcome

    def part(self, browser: Browser, seconds: float) -> None:
        """End a connection or an attempt; begin another after so many seconds."""
        if browser.greeted:
            self._there[browser.number] = 0
            self._count.value -= 1
        if browser.socket is not None:
            del self._browsers[browser.socket.fileno()]
        browser.rest()
        self._wait(browser, seconds)

    def _come_back(self, browser: Browser) -> None:
        """End an attempt, and try again when the client's rules say."""
        hint = browser.bye.get("retry")
        if browser.greeted:
            self.outcome.lost.append(str(browser.bye))
        seconds = wait(browser.attempt, random.random(), hint)
        browser.attempt += 1
        self.part(browser, seconds)


class Crowd:
    """The process with all browsers, seen from outside.

    Attributes:
        street: what they do.

    Args:
        port: of the server.
        cookies: of the browsers.
        since: the rev that they are at; None for those who come for the first time.
        rate: how many of them come in a second; None for all at once.
    """

    street: ClassVar[type[Street]] = Street

    def __init__(
        self,
        port: int,
        cookies: list[str],
        since: int | None = None,
        rate: float | None = None,
    ) -> None:
        self._there = Array("b", len(cookies), lock=False)
        self._count = Value("q", 0, lock=False)
        self._stop = Value("b", 0, lock=False)
        self._outcome: Queue[Outcome] = Queue()
        self._process = Process(
            target=_run,
            args=(
                *(self.street, port, cookies, since, rate),
                *(self._there, self._count, self._stop, self._outcome),
            ),
            daemon=True,
        )
        self._process.start()

    @property
    def greeted(self) -> int:
        """How many are greeted."""
        return int(self._count.value)

    def those_greeted(self) -> list[int]:
        """Return the numbers of those who are greeted, from 0 on."""
        return [number for number, there in enumerate(self._there) if there]

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.is_alive()

    def finish(self) -> Outcome:
        """End, and return what has happened."""
        self._stop.value = 1
        outcome = self._outcome.get(timeout=120)
        self._process.join()
        return outcome


def _run(
    kind: type[Street],
    port: int,
    cookies: list[str],
    since: int | None,
    rate: float | None,
    there: Any,
    count: Any,
    stop: Any,
    outcome: Any,
) -> None:
    street = kind(port, cookies, since, rate, there, count)
    while not stop.value:
        street.turn()
    outcome.put(street.finish())


def frame(content: bytes, kind: int = TEXT) -> bytes:
    """Return a frame, masked with zeros: legal, and free."""
    size = len(content)
    head = bytes((kind, 0x80 | size)) if size < 126 else struct.pack("!BBH", kind, 0xFE, size)
    return head + b"\0\0\0\0" + content


def _frames(browser: Browser) -> list[tuple[int, bytes]]:
    """Take the whole frames out of what has arrived, each with its kind."""
    data, at, frames = browser.data, 0, []
    while len(data) - at >= 2:
        size, start = data[at + 1], at + 2
        if size == 126:
            size, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
        elif size == 127:
            size, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
        if len(data) < start + size:
            break
        frames.append((data[at], data[start : start + size]))
        at = start + size
    browser.data = data[at:]
    return frames
