"""The reference client: what a browser shows is a pure function of the frames it has applied.

Twin of ``frontend/src/client/store.ts``: the specimens of `realtime_notify.testing.conformance`
hold the two together. The tests of convergence run on this store, and so does the test client that
ships with the package.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from realtime_notify.wire.vocabulary import Frame, Item, Selection

Outcome = Literal["applied", "ignored", "sync"]
PageOutcome = Literal["applied", "stale", "sync"]


@dataclass
class Store:
    """The list and the badge of one client."""

    rev: int | None = None
    """The rev this client is at; None before the first answer."""
    unread: int = 0
    unseen: int = 0
    items: dict[int, Item] = field(default_factory=dict)
    """Active items by id."""
    bottom: int | None = None
    """``seq`` of the oldest item loaded; None when the list is loaded to its end."""
    next: str | None = None
    """Cursor of the next older page; None when there is none."""
    inbox: str | None = None
    """Whose inbox it is; None before the first answer."""

    def apply(self, frame: Frame) -> Outcome:
        """Apply a frame of the server.

        Returns:
            "applied", "ignored", or "sync": the client must ask for what changed since `rev`.
        """
        rev = frame.get("rev")
        if rev is None:  # an error, or a bye
            return "ignored"
        if frame.get("reset"):
            self._reset(frame)
            return "applied"
        if self.rev is None:
            return "ignored"
        if self.inbox is not None and frame.get("inbox", self.inbox) != self.inbox:
            self.forget()
            return "sync"
        if "unread" not in frame:
            return "ignored" if rev == self.rev else "sync"
        if rev <= self.rev:
            return "ignored"
        if _start_of(frame) > self.rev:
            return "sync"
        self._change(frame)
        self._move(frame)
        return "applied"

    def apply_page(self, frame: Frame) -> PageOutcome:
        """Apply the answer to a request for an older page.

        Returns:
            "applied", "stale" (the page was read before something this client has applied since,
            so it must be asked for again), or "sync", as `apply` does.
        """
        if self.rev is None or frame["rev"] < self.rev:
            return "stale"
        self._extend(frame)
        for item in frame["put"]:
            self._put(item)
        return "sync" if frame["rev"] > self.rev else "applied"

    def forget(self) -> None:
        """Show nothing, as before the first answer: what was shown is another account's."""
        self.rev = self.bottom = self.next = self.inbox = None
        self.unread = self.unseen = 0
        self.items = {}

    def list(self) -> list[Item]:
        """Return the items in the order of the inbox, newest first."""
        return sorted(self.items.values(), key=lambda item: item["seq"], reverse=True)

    def snapshot(self) -> dict[str, Any]:
        """Return the state in the form that the specimens have."""
        return {
            "rev": self.rev,
            "unread": self.unread,
            "unseen": self.unseen,
            "items": [
                [item["id"], item["seq"], item["read"], item["seen"], item["occurrences"]]
                for item in self.list()
            ],
            "next": self.next,
            "inbox": self.inbox,
        }

    def _reset(self, frame: Frame) -> None:
        self.items = {}
        self.inbox = frame.get("inbox")
        self._extend(frame)
        for item in frame["put"]:
            self._put(item)
        self._see(frame)
        self._move(frame)

    def _move(self, frame: Frame) -> None:
        self.rev, self.unread, self.unseen = frame["rev"], frame["unread"], frame["unseen"]
        self.inbox = frame.get("inbox", self.inbox)

    def _extend(self, frame: Frame) -> None:
        self.next = frame.get("next")
        seqs = [item["seq"] for item in frame["put"]]
        self.bottom = min(seqs, default=self.bottom) if self.next else None

    def _change(self, frame: Frame) -> None:
        for item in frame.get("put", ()):
            self._put(item)
        for item in self._selected(frame.get("read"), frame["rev"]):
            item["read"] = True
            item["rev"] = frame["rev"]
        for selection in (frame.get("archive"), frame.get("delete"), frame.get("snooze")):
            for item in self._selected(selection, frame["rev"]):
                del self.items[item["id"]]
        self._see(frame)

    def _put(self, item: Item) -> None:
        known = self.items.get(item["id"])
        if known is not None and known["rev"] >= item["rev"]:
            return
        below = self.bottom is not None and item["seq"] < self.bottom
        if item["archived"] or item["deleted"] or item.get("snoozed") or below:
            self.items.pop(item["id"], None)
        else:
            self.items[item["id"]] = item.copy()

    def _see(self, frame: Frame) -> None:
        if "seen" in frame:
            upto = frame["seen"]["upto"]
            for item in self.items.values():
                item["seen"] = item["seen"] or item["seq"] <= upto

    def _selected(self, selection: Selection | None, rev: int) -> Iterator[Item]:
        """Yield the known items that a change at `rev` is about, unless they are newer than it."""
        if selection is None:
            return
        ids, upto = set(selection.get("ids", ())), selection.get("upto", -1)
        for item in tuple(self.items.values()):
            if (item["id"] in ids or item["seq"] <= upto) and item["rev"] < rev:
                yield item


def _start_of(frame: Frame) -> int:
    """Return the rev at which a frame starts.

    A frame without ``from`` that tells of no change answers a command that changed nothing: it
    carries the current rev, but not the way there.
    """
    changes = frame.keys() & {"put", "read", "seen", "archive", "delete", "snooze"}
    return frame.get("from", frame["rev"] - 1 if changes else frame["rev"])
