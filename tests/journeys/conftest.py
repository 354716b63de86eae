"""Clients on real sockets: servers, Redis and database are all real."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from realtime_notify.testing.session import Frame, Outcome, Session, Store, is_heartbeat
from realtime_notify.wire import push
from realtime_notify.wire.protocol import SUBPROTOCOL
from tests.services import Redis
from tests.site import KINDS, Server, Site, running_site

PATIENCE = 10.0


class Browser:
    """One session of the protocol over a real socket."""

    def __init__(self, url: str, cookie: str, store: Store | None = None, **headers: str) -> None:
        self.session = Session(store)
        self._open = contextlib.ExitStack()
        self.socket: ClientConnection = self._open.enter_context(
            connect(
                url,
                additional_headers={"Cookie": cookie, **headers},
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                max_size=None,
                compression=None,
                close_timeout=1,  # some of those that servers have cut off never see a close
            )
        )

    @property
    def store(self) -> Store:
        return self.session.store

    def send(self, frame: Frame) -> None:
        self.socket.send(json.dumps(frame))

    def receive_raw(self, patience: float = PATIENCE) -> Frame:
        """Return the next frame that arrives, and do nothing about it."""
        frame: Frame = json.loads(self.socket.recv(timeout=patience))
        return frame

    def receive(self, patience: float = PATIENCE) -> Frame:
        """Return the next frame that is not a heartbeat with a known rev."""
        frame, _ = self._next(patience)
        return frame

    def receive_push(self, patience: float = PATIENCE) -> Frame:
        """Return the next such frame, which has to change the store."""
        frame, outcome = self._next(patience)
        assert outcome == "applied", frame
        return frame

    def receive_rev(self, rev: int, patience: float = PATIENCE) -> None:
        """Take frames until the store is at a rev."""
        deadline = time.monotonic() + patience
        while (self.store.rev or 0) < rev:
            self._next(deadline - time.monotonic())

    def ask(self, **command: Any) -> Frame:
        """Send a command and return its answer; pushes before it are applied."""
        return self._ask(self.session.command(**command))

    def hello(self) -> Frame:
        return self._ask(self.session.hello())

    def closed(self) -> tuple[int, Frame | None]:
        """Wait for the close; return its code and what the last frame said about it."""
        bye = None
        with contextlib.suppress(ConnectionClosed):
            while True:
                bye = self.receive_raw().get("bye", bye)
        assert self.socket.close_code is not None
        return self.socket.close_code, bye

    def messages(self) -> list[str]:
        return [item["message"] for item in self.store.list()]

    def close(self) -> None:
        self._open.close()

    def _ask(self, command: Frame) -> Frame:
        self.send(command)
        while (frame := self.receive()).get("id") != command["id"]:
            pass
        return frame

    def _next(self, patience: float) -> tuple[Frame, Outcome]:
        deadline = time.monotonic() + patience
        while True:
            frame = self.receive_raw(max(0.0, deadline - time.monotonic()))
            reaction = self.session.receive(frame)
            for reply in reaction.replies:
                self.send(reply)
            if reaction.outcome != "ignored" or not is_heartbeat(frame):
                return frame, reaction.outcome


class Town:
    """Server processes, a Redis, and the browsers that look at them."""

    def __init__(self, site: Site, redis: Redis | None = None) -> None:
        self.site = site
        self.redis = redis
        self._open = contextlib.ExitStack()

    def serve(self, kind: str = "daphne", layer: str = "", **tuned: Any) -> Server:
        """Start a server process."""
        environment = {
            **self.site.environment,
            "DJANGO_SETTINGS_MODULE": "tests.journeys.settings",
            "RN_SETTINGS": json.dumps({"HEAL_INTERVAL": 60, "PROBE_INTERVAL": 0.3, **tuned}),
            "RN_LAYER": layer,
        }
        log = self.site.directory / f"server-{len(self.site.servers)}.log"
        server = KINDS[kind](environment, log)
        self.site.servers.append(server)
        server.start()
        return server

    def browse(self, name: str, server: Server | None = None, *, greet: bool = True) -> Browser:
        """Open a browser of a user that has said hello."""
        server = server or self.site.servers[0]
        browser = Browser(server.ws_url, self.site.login(name, server))
        self._open.callback(browser.close)
        if greet:
            browser.hello()
        return browser

    def stall(self, name: str, server: Server) -> socket.socket:
        """Open a bare socket that says hello, and from then on reads nothing."""
        raw = self._open.enter_context(socket.socket())
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", server.port))
        raw.sendall(
            b"GET /ws/notifications/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            b"Cookie: " + self.site.login(name, server).encode() + b"\r\n\r\n"
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += raw.recv(1024)
        raw.sendall(masked(b'{"id":1,"hello":{}}'))
        while b'"ping"' not in answer:
            answer += raw.recv(1024)
        return raw

    def wait_for_log(self, text: str, patience: float = PATIENCE) -> None:
        """Wait until a server says something."""
        deadline = time.monotonic() + patience
        while text not in self.site.log():
            assert time.monotonic() < deadline, f"{text!r} is not in:\n{self.site.log()[-3000:]}"
            time.sleep(0.05)

    def close(self) -> None:
        self._open.close()


@pytest.fixture
def town(
    transactional_db: None, redis_server: Redis, tmp_path: Path, settings: Any
) -> Iterator[Town]:
    """A town whose people are notified by the test's own process, through the same Redis."""
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [redis_server.url]},
        }
    }
    with running_site(tmp_path, redis_server.url) as site:
        town = Town(site, redis_server)
        yield town
        town.close()
    push.flush()


def masked(text: bytes) -> bytes:
    """The bytes of a short text frame of a client."""
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text


def memory(pid: int) -> float:
    """The megabytes a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)
