"""Attackers: a process that sends hostile frames and requests to one server, by a seed.

After each burst an attacker waits until the server has read it, so what is counted has arrived.
Whoever is closed, as it should be, comes back.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Process, Queue
from random import Random
from typing import Any

from benchmarks.hostile import frames, requests
from benchmarks.hostile.requests import Who

ADDRESS = "127.0.0.2"  # not that of the neighbours
SOCKETS, BROWSERS = 8, 3
"""Attackers of each kind at a time."""
PATIENCE = 15.0
"""Seconds. Some servers wait for the rest of half a request."""
MARK = b"read so far"
BEAT = re.compile(rb'\{"rev":\d+,"beat":"[^"]+"[^}]*\}')
CODE = re.compile(rb'"error":\{"code":"(\w+)"')
ENDS = (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, OSError)


@dataclass
class Tally:
    """What was sent to a server, and what came back.

    Attributes:
        sent: frames, handshakes and requests, by their kind.
        answers: statuses of HTTP, error codes and close codes.
        faults: what was answered by a 5xx, or not at all, as far as it is worth a look.
    """

    sent: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def fault(self, what: str, sent: bytes, got: bytes = b"") -> None:
        """Note something that must not happen."""
        if len(self.faults) < 100:
            self.faults.append(f"{what}: {sent[:1500]!r} -> {got[:1500]!r}")


class Attackers:
    """The process, seen from outside.

    Args:
        port: of the server.
        who: the cookies they may show.
        seed: of everything they do.
        frames: how many frames and handshakes they send.
        requests: how many requests.
        ends: when they end at the latest, on the monotonic clock.
    """

    def __init__(
        self, port: int, who: Who, seed: str, frames: int, requests: int, ends: float
    ) -> None:
        self._results: Queue[Tally] = Queue()
        self.process = Process(
            target=_run, args=(port, who, seed, frames, requests, ends, self._results)
        )
        self.process.start()

    def is_alive(self) -> bool:
        """Say whether they are still at it."""
        return self._results.empty() and self.process.is_alive()

    def finish(self) -> Tally:
        """Return what they sent and got."""
        tally = self._results.get(timeout=60)
        self.process.join()
        return tally


def _run(
    port: int, who: Who, seed: str, frames: int, requests: int, ends: float, results: Any
) -> None:
    tally = Tally()
    asyncio.run(_attack(port, who, seed, frames, requests, ends, tally))
    results.put(tally)


async def _attack(
    port: int, who: Who, seed: str, frames: int, requests: int, ends: float, tally: Tally
) -> None:
    async def repeat(attack: Attack, name: str, kinds: tuple[str, ...], most: int) -> None:
        random = Random(f"{seed}/{name}")
        while sum(tally.sent[kind] for kind in kinds) < most and time.monotonic() < ends:
            try:
                await attack(port, who, random, tally)
            except TimeoutError:
                tally.answers["no answer in time"] += 1
            except ENDS:
                tally.answers["closed without a word"] += 1

    of_sockets, of_browsers = ("frame", "handshake"), ("request",)
    async with asyncio.TaskGroup() as group:
        for number in range(SOCKETS):
            group.create_task(repeat(_by_socket, f"socket {number}", of_sockets, frames))
        for number in range(BROWSERS):
            group.create_task(repeat(_by_http, f"browser {number}", of_browsers, requests))


Attack = Callable[[int, Who, Random, Tally], Awaitable[None]]


# --- sockets ---


async def _by_socket(port: int, who: Who, random: Random, tally: Tally) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(ADDRESS, 0))
    try:
        opening = requests.handshake(random, port, who)
        writer.write(opening)
        tally.sent["handshake"] += 1
        if not opening.endswith(b"\r\n\r\n"):
            return  # half a handshake
        async with asyncio.timeout(PATIENCE):
            head = await reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head:
            _note(tally, opening, head)
            return
        await _talk(reader, writer, random, tally)
    finally:
        writer.transport.abort() if random.random() < 0.5 else writer.close()


async def _talk(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, random: Random, tally: Tally
) -> None:
    answers_beats = random.random() < 0.7
    if random.random() < 0.9:
        writer.write(frames.frame(frames.TEXT, b'{"id":1,"hello":{}}'))
    for _ in range(random.randrange(1, 30)):
        burst = [frames.hostile(random) for _ in range(random.randrange(1, 40))]
        writer.write(b"".join(burst))
        writer.write(frames.frame(frames.PING, MARK))
        async with asyncio.timeout(4 * PATIENCE):
            is_open = await _read(reader, writer, tally, burst, answers_beats)
        tally.sent["frame"] += len(burst)
        if not is_open:
            return
    last = frames.fatal(random)
    writer.write(last)
    tally.sent["frame"] += 1
    with suppress(TimeoutError):
        async with asyncio.timeout(0.2):
            await _read(reader, writer, tally, [last], answers_beats=False)


async def _read(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    tally: Tally,
    burst: list[bytes],
    answers_beats: bool,
) -> bool:
    """Read until the server has read all that it was sent; return False if it has closed."""
    while True:
        try:
            opcode, data = await _frame(reader)
        except ENDS:
            tally.answers["socket closed without a close frame"] += 1
            return False
        if opcode == frames.PONG and data == MARK:
            return True
        if opcode == frames.CLOSE:
            tally.answers[f"close {int.from_bytes(data[:2], 'big')}"] += 1
            return False
        if opcode != frames.TEXT:
            continue
        if answers_beats and BEAT.fullmatch(data):
            writer.write(frames.frame(frames.TEXT, data))
        elif code := CODE.search(data[:200]):
            tally.answers[f"error {code[1].decode()}"] += 1
            if code[1] == b"internal":
                tally.fault("internal", b" ".join(burst), data)
        else:
            tally.answers["answer"] += 1


async def _frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readexactly(2)
    size = head[1] & 0x7F
    if size == 126:
        size = int.from_bytes(await reader.readexactly(2), "big")
    elif size == 127:
        size = int.from_bytes(await reader.readexactly(8), "big")
    return head[0] & 0x0F, await reader.readexactly(size)


# --- requests ---


async def _by_http(port: int, who: Who, random: Random, tally: Tally) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(ADDRESS, 0))
    try:
        for _ in range(random.randrange(1, 60)):
            sent, is_head = requests.request(random, port, who)
            writer.write(sent)
            tally.sent["request"] += 1
            async with asyncio.timeout(PATIENCE):
                if not await _answer(reader, tally, sent, is_head):
                    return
        writer.write(last := requests.broken(random, port))
        tally.sent["request"] += 1
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await _answer(reader, tally, last, is_head=False)
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader, tally: Tally, sent: bytes, is_head: bool) -> bool:
    """Read the answer to a request; return whether the connection stays open."""
    head = await reader.readuntil(b"\r\n\r\n")
    while head.startswith(b"HTTP/1.1 100"):
        head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    body = b""
    if not (is_head or b" 304 " in head[:20] or b" 204 " in head[:20]):
        if b"transfer-encoding: chunked" in lower:
            while size := int(await reader.readuntil(b"\r\n"), 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readuntil(b"\r\n")
        elif found := re.search(rb"content-length: (\d+)", lower):
            body = await reader.readexactly(int(found[1]))
        else:
            body = await reader.read()
    _note(tally, sent, head + body)
    return b"connection: close" not in lower


def _note(tally: Tally, sent: bytes, answer: bytes) -> None:
    status = answer[9:12].decode("latin1")
    tally.answers[f"HTTP {status}"] += 1
    if status.startswith("5"):
        tally.fault(f"HTTP {status}", sent, answer)
