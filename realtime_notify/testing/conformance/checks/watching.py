"""A second connection that watches what a check does with the first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import cast

from realtime_notify.testing.conformance.checks.verdicts import NotChecked, expect
from realtime_notify.testing.conformance.peer import Peer, Server
from realtime_notify.testing.session import Frame, Session
from realtime_notify.wire import vocabulary
from realtime_notify.wire.store import Store


class Watcher:
    """A whole client: it shows an inbox, answers heartbeats and asks for what it misses.

    It reads nothing but when it is told to.
    """

    def __init__(self, server: Server, peer: Peer) -> None:
        self._server = server
        self._peer = peer
        self._session = Session()
        peer.send(self._session.hello())
        while self.store.rev is None:
            self.take(server.patience)

    @property
    def store(self) -> Store:
        """What it shows."""
        return self._session.store

    def take(self, patience: float) -> Frame:
        """Take a frame, and answer it; return it."""
        frame = self._peer.next(patience)
        for reply in self._session.receive(frame).replies:
            self._peer.send(reply)
        return frame

    def follow(self, answer: Frame) -> None:
        """Come to where an answer led another connection, and show what a new one would.

        Raises:
            AssertionError: it does not get there, or shows something else.
        """
        deadline = monotonic() + self._server.patience
        while (self.store.rev or 0) < answer["rev"]:
            expect(
                monotonic() < deadline,
                f"Another connection does not come to rev {answer['rev']}",
                self.store.snapshot(),
            )
            self.take(self._server.patience)
        with self._server.greeted() as (_, fresh):
            anew = Store()
            anew.apply(cast("vocabulary.Frame", fresh))
        views = (self.store.list(), anew.list())
        expect(views[0] == views[1], "Another connection shows other items than a new one", views)
        counters = [(store.unread, store.unseen) for store in (self.store, anew)]
        expect(counters[0] == counters[1], "Its counters are not those of a new one", counters)


@contextmanager
def watched(server: Server) -> Iterator[tuple[Peer, Watcher, Frame]]:
    """Open a connection that acts and one that watches; give the newest item as well."""
    with server.greeted() as (peer, answer), server.connection() as other:
        yield peer, Watcher(server, other), item_of(answer)


def item_of(answer: Frame) -> Frame:
    """Return the newest item of a reset; its ``read`` is what `toggle` goes by.

    Raises:
        NotChecked: there is none.
    """
    if not answer["put"]:
        raise NotChecked("The inbox is empty. Send its owner a notification first.")
    return cast("Frame", answer["put"][0])


def toggle(peer: Peer, item: Frame) -> Frame:
    """Mark an item as read, or as unread if it is; return the answer."""
    answer = peer.ask(**{"unread" if item["read"] else "read": {"ids": [item["id"]]}})
    item["read"] = not item["read"]
    return answer
