"""Neighbours: well-behaved clients of a server under attack, who must notice nothing."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from realtime_notify.testing import Session
from realtime_notify.wire.protocol import SUBPROTOCOL


@dataclass
class Noticed:
    """What a neighbour has noticed.

    Attributes:
        waits: seconds from each notification to its arrival.
        trouble: how the connection ended, if it did before its time; "" otherwise.
    """

    waits: list[float] = field(default_factory=list)
    trouble: str = ""


class Neighbour:
    """A client that holds its connection, in a thread of its own.

    Args:
        url: of the socket.
        cookie: of the session.
        sent: when each notification was sent, by its message.
    """

    def __init__(self, url: str, cookie: str, sent: dict[str, float]) -> None:
        self.noticed = Noticed()
        self.session = Session()
        self._sent = sent
        self._seen: set[str] = set()
        self._ends = threading.Event()
        self.greeted = threading.Event()
        """Set once hello was answered."""
        self._thread = threading.Thread(target=self._run, args=(url, cookie), daemon=True)
        self._thread.start()

    def finish(self) -> Noticed:
        """End, and return what was noticed."""
        self._ends.set()
        self._thread.join(30)
        return self.noticed

    def messages(self) -> set[str]:
        """Return what has arrived so far."""
        return set(self._seen)

    def _run(self, url: str, cookie: str) -> None:
        try:
            with connect(
                url,
                additional_headers={"Cookie": cookie},
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                compression=None,
                ping_interval=None,
                open_timeout=60,
                max_size=None,
            ) as socket:
                socket.send(json.dumps(self.session.hello()))
                while not self._ends.is_set():
                    try:
                        text = socket.recv(timeout=0.5)
                    except TimeoutError:
                        continue
                    self._take(json.loads(text), socket.send)
        except ConnectionClosed as error:
            self.noticed.trouble = f"closed: {error}; last: {self.session.frames[-1:]}"
        except Exception as error:
            self.noticed.trouble = repr(error)

    def _take(self, frame: dict, send) -> None:
        reaction = self.session.receive(frame)
        for reply in reaction.replies:
            send(json.dumps(reply))
        if reaction.answers == "hello":
            self.greeted.set()
        now = time.monotonic()
        for item in frame.get("put", ()):
            message = item["message"]
            if message in self._sent and message not in self._seen:
                self._seen.add(message)
                self.noticed.waits.append(now - self._sent[message])
