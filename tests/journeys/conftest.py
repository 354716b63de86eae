"""Real browsers' ends of real sockets: servers, Redis and database are all real."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from realtime_notify.wire import push
from realtime_notify.wire.store import Store
from realtime_notify.wire.vocabulary import Frame
from tests.services import Redis
from tests.site import Server, Site, running_site

PATIENCE = 10.0


class Uvicorn(Server):
    """The same site on another server."""

    def command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(self.port)),
            *("--log-level", "warning", "asgi:application"),
        ]


class Browser:
    """One socket, and the view that its frames make. Heartbeats are answered."""

    def __init__(self, url: str, cookie: str, **headers: str) -> None:
        self.view = Store()
        self._open = contextlib.ExitStack()
        self.socket: ClientConnection = self._open.enter_context(
            connect(
                url,
                additional_headers={"Cookie": cookie, **headers},
                subprotocols=["rn.1"],  # type: ignore[list-item]
                max_size=None,
                compression=None,
            )
        )
        self._number = 0

    def send(self, **frame: Any) -> None:
        self.socket.send(json.dumps(frame))

    def frame(self, patience: float = PATIENCE) -> Frame:
        """The next frame that is no heartbeat we know."""
        deadline = time.monotonic() + patience
        while True:
            frame: Frame = json.loads(
                self.socket.recv(timeout=max(0.0, deadline - time.monotonic()))
            )
            if list(frame) == ["rev"]:
                self.send(rev=self.view.rev)
            if list(frame) != ["rev"] or self.view.apply(frame) != "ignored":
                return frame

    def push(self, patience: float = PATIENCE) -> Frame:
        """The next frame, applied."""
        frame = self.frame(patience)
        assert self.view.apply(frame) == "applied", frame
        return frame

    def ask(self, **command: Any) -> Frame:
        """Send a command and give its reply; pushes before it are applied."""
        self._number += 1
        self.send(id=self._number, **command)
        while True:
            frame = self.frame()
            if frame.get("id") == self._number:
                return frame
            self.view.apply(frame)

    def hello(self, since: int | None = None) -> Frame:
        frame = self.ask(hello={} if since is None else {"since": since})
        self.view.apply(frame)
        return frame

    def caught_up(self, rev: int, patience: float = PATIENCE) -> None:
        """Take frames, syncing when told to, until the view is at a rev."""
        while (self.view.rev or 0) < rev:
            frame = self.frame(patience)
            if list(frame) == ["rev"] or self.view.apply(frame) == "sync":
                self.view.apply(self.ask(sync={"since": self.view.rev}))

    def closed(self) -> tuple[int, dict[str, Any] | None]:
        """Wait for the close; give its code and the good-bye before it."""
        bye = None
        with contextlib.suppress(ConnectionClosed):
            while True:
                bye = json.loads(self.socket.recv(timeout=PATIENCE)).get("bye", bye)
        assert self.socket.close_code is not None
        return self.socket.close_code, bye

    def messages(self) -> list[str]:
        return [item["message"] for item in self.view.list()]

    def close(self) -> None:
        self._open.close()


class Town:
    """Server processes, a Redis, and the browsers that look at them."""

    def __init__(self, site: Site, redis: Redis) -> None:
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
        server = {"daphne": Server, "uvicorn": Uvicorn}[kind](environment, log)
        self.site.servers.append(server)
        server.start()
        return server

    def browse(self, name: str, server: Server | None = None, *, greet: bool = True) -> Browser:
        """Open a browser of a user, greeted."""
        server = server or self.site.servers[0]
        browser = Browser(server.ws_url, self.site.login(name, server))
        self._open.callback(browser.close)
        if greet:
            browser.hello()
        return browser

    def stall(self, name: str, server: Server) -> None:
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
        hello = b'{"id":1,"hello":{}}'
        raw.sendall(bytes([0x81, 0x80 | len(hello), 0, 0, 0, 0]) + hello)
        while b'"ping"' not in answer:
            answer += raw.recv(1024)

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


def memory(pid: int) -> float:
    """The megabytes a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)
