"""A push service of the tests' own: it judges messages as the real ones do, and reads them too."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from py_vapid.utils import b64urldecode

from realtime_notify.media.webpush.vapid import encoded

MOST_BYTES = 4096
DAY = 24 * 60 * 60
URGENCIES = ("very-low", "low", "normal", "high")


@dataclass
class Pushed:
    """A message that was accepted.

    Attributes:
        headers: its headers.
        size: the bytes of its encrypted body.
        payload: what it says, decrypted.
    """

    headers: Mapping[str, str]
    size: int
    payload: dict[str, Any]


@dataclass
class FakeBrowser:
    """A browser's side of a subscription: its secrets, and what it has got."""

    endpoint: str
    private_key: ec.EllipticCurvePrivateKey
    secret: bytes
    got: list[Pushed] = field(default_factory=list)

    @property
    def offer(self) -> dict[str, Any]:
        """What `PushSubscription.toJSON()` returns in this browser."""
        point = self.private_key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": encoded(point), "auth": encoded(self.secret)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def read(self, body: bytes) -> dict[str, Any]:
        """Decrypt a message."""
        text = http_ece.decrypt(
            body, private_key=self.private_key, auth_secret=self.secret, version="aes128gcm"
        )
        found: dict[str, Any] = json.loads(text)
        return found


class PushService:
    """Accepts messages that are signed and encrypted as they must be; otherwise says why not."""

    def __init__(self, public_key: str) -> None:
        self.public_key = public_key
        self.refused: list[str] = []
        """Why messages were refused."""
        self.requests: list[str] = []
        """The paths that were asked for."""
        self._numbers = count(1)
        self._browsers: dict[str, FakeBrowser] = {}
        self._answers: dict[str, deque[tuple[int, dict[str, str]]]] = defaultdict(deque)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Where it is; also its origin."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def browser(self) -> FakeBrowser:
        """Subscribe one more browser."""
        path = f"/push/{next(self._numbers)}"
        key = ec.generate_private_key(ec.SECP256R1())
        self._browsers[path] = FakeBrowser(f"{self.url}{path}", key, os.urandom(16))
        return self._browsers[path]

    def answer(self, browser: FakeBrowser, status: int, **headers: str) -> None:
        """Answer the next message to a browser with this status instead of looking at it."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._answers[browser.endpoint.removeprefix(self.url)].append((status, named))

    def judge(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """Return the status to answer with, and keep a message that is fine."""
        browser = self._browsers.get(path)
        if browser is None:
            return 404
        if problem := self._problem(headers, body):
            self.refused.append(problem)
            return 403
        if len(body) > MOST_BYTES:
            return 413
        browser.got.append(Pushed(headers, len(body), browser.read(body)))
        return 201

    def _problem(self, headers: Mapping[str, str], body: bytes) -> str:
        """Say what is wrong with the signature or the headers; "" if nothing is."""
        scheme, _, rest = headers.get("Authorization", "").partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
        if scheme != "vapid" or parts.get("k") != self.public_key:
            return "signed by somebody else"
        if not Vapid02.verify(headers["Authorization"]):
            return "the signature is wrong"
        claims = json.loads(b64urldecode(parts["t"].split(".")[1].encode()))
        if claims["aud"] != self.url:
            return f"meant for {claims['aud']}"
        if not time.time() < claims["exp"] <= time.time() + DAY:
            return "expired, or good for too long"
        if not claims["sub"].startswith("mailto:"):
            return "nobody to write to"
        if headers.get("Content-Encoding") != "aes128gcm" or not headers.get("TTL", "").isdigit():
            return "a header is missing"
        topic = headers.get("Topic", "")
        if len(topic) > 32 or not topic.replace("-", "").replace("_", "").isalnum():
            return f"the topic {topic!r}"
        return "" if headers.get("Urgency") in URGENCIES else "the urgency"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.requests.append(self.path)
                waiting = service._answers[self.path]
                if waiting:
                    status, headers = waiting.popleft()
                else:
                    status = service.judge(self.path, dict(self.headers.items()), body)
                    headers = {}
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        return Handler


@contextmanager
def running_push_service(public_key: str) -> Iterator[PushService]:
    """Run a push service in a thread."""
    service = PushService(public_key)
    thread = threading.Thread(target=service._server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service._server.shutdown()
        service._server.server_close()
        thread.join()
