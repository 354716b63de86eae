"""A chat service: takes messages as apprise's json:// posts them, or refuses them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ChatServer:
    """What was posted, and what is answered.

    Attributes:
        messages: what it took, by path.
        answers: the status that a path answers with, unless it is 200.
    """

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, int] = {}
        self.port = 0

    def url(self, path: str) -> str:
        """Return the URL of a chat, as apprise writes it."""
        return f"json://user:geheim@127.0.0.1:{self.port}{path}"


@contextmanager
def chat_server() -> Iterator[ChatServer]:
    """Run a chat service."""
    chats = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = chats.answers.get(self.path, 200)
            if status == 200:
                chats.messages.append((self.path, json.loads(body)))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    chats.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield chats
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
