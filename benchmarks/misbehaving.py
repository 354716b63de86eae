"""Clients that misbehave, each in a process of its own: `benchmarks.neighbours` is beside them."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import Event, Process
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from realtime_notify.wire.protocol import SUBPROTOCOL

HELLO = json.dumps({"id": 1, "hello": {}})
PAGE = json.dumps({"id": 2, "page": {"limit": 100}})
GUESS = json.dumps({"rev": 1, "beat": "0"})  # as if a heartbeat had been read


def dial(url: str, cookie: str, **options: Any) -> ClientConnection:
    """Open a connection as the owner of a cookie."""
    dialled: ClientConnection = connect(
        url,
        **options,
        additional_headers={"Cookie": cookie},
        subprotocols=[Subprotocol(SUBPROTOCOL)],
        compression=None,
        max_size=None,
        ping_interval=None,
    )
    return dialled


@contextmanager
def beside(work: Callable[..., None], *args: Any) -> Iterator[None]:
    """Run a function in a process of its own meanwhile; it ends when its last argument is set."""
    stop = Event()
    process = Process(target=work, args=(*args, stop))
    process.start()
    try:
        yield
    finally:
        stop.set()
        process.join(10)
        process.kill()


def flood(url: str, cookie: str, frame: str, stop: Any) -> None:
    """Send frames as fast as possible; come back at once when sent away."""
    while not stop.is_set():
        with suppress(ConnectionClosed, OSError), dial(url, cookie) as peer:
            peer.send(HELLO)
            while not stop.is_set():
                peer.send(frame)


def insist(url: str, cookie: str, stop: Any) -> None:
    """Send commands from four tabs, a second one as soon as the first is answered."""

    def tab() -> None:
        with suppress(ConnectionClosed, OSError, TimeoutError), dial(url, cookie) as peer:
            peer.send(HELLO)
            while not stop.is_set():
                peer.send('{"id":2,"read":{"upto":1000}}')
                while json.loads(peer.recv(timeout=20)).get("id") != 2:
                    pass

    _at_once(tab, 4)


def never_read(url: str, cookie: str, readers: int, stop: Any) -> None:
    """Ask for pages, answer heartbeats blindly, and read nothing: all within the user's rate."""

    def reader() -> None:
        while not stop.is_set():
            deaf = _deaf(url)
            with suppress(ConnectionClosed, OSError), dial(url, cookie, **deaf) as peer:
                peer.send(HELLO)
                while not stop.is_set():
                    peer.send(PAGE)
                    peer.send(GUESS)
                    peer.send(GUESS)
                    time.sleep(0.16 * readers)

    _at_once(reader, readers)


def _deaf(url: str) -> dict[str, Any]:
    """Return the options of a connection into which hardly anything fits that nobody reads."""
    address = urlsplit(url)
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    own.connect((address.hostname, address.port))
    return {"sock": own, "max_queue": 1}


def _at_once(work: Callable[[], None], times: int) -> None:
    threads = [threading.Thread(target=work, daemon=True) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
