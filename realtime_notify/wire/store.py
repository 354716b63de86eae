"""The reference client: what a browser shows is a pure function of the frames it applied.

Twin of ``frontend/src/store.ts``. Tests converge on it, and the shipped test client uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Item = dict[str, Any]
Outcome = Literal["applied", "ignored", "sync"]
PageOutcome = Literal["applied", "stale", "sync"]

_CHANGES = ("put", "read", "seen", "archive", "delete", "snooze")


@dataclass
class View:
    """One reader's list and badge."""

    rev: int | None = None
    """Where this reader is; None before the first answer."""
    unread: int = 0
    unseen: int = 0
    items: dict[int, Item] = field(default_factory=dict)
    """Active items by id."""
    bottom: int | None = None
    """``seq`` of the oldest item loaded; None when the list is loaded to its end."""
    next: str | None = None
    """Cursor of the next older page."""

    def apply(self, frame: dict[str, Any]) -> Outcome:
        """Take one frame. "sync" means: ask for what changed since ``rev``."""
        rev = frame.get("rev")
        if rev is None:
            return "ignored"
        if frame.get("reset"):
            self._reset(frame)
            return "applied"
        if self.rev is None:
            return "ignored"
        if "unread" not in frame:
            return "ignored" if rev == self.rev else "sync"
        if rev <= self.rev:
            return "ignored"
        if _start_of(frame) > self.rev:
            return "sync"
        self._change(frame)
        self._move(frame)
        return "applied"

    def apply_page(self, frame: dict[str, Any]) -> PageOutcome:
        """Take an older page. "stale" means: it was read before what I already know, ask again."""
        if self.rev is None or frame["rev"] < self.rev:
            return "stale"
        self._extend(frame)
        for item in frame["put"]:
            self._put(item)
        return "sync" if frame["rev"] > self.rev else "applied"

    def list(self) -> list[Item]:
        """The items in the order of the inbox, newest first."""
        return sorted(self.items.values(), key=lambda item: item["seq"], reverse=True)

    def snapshot(self) -> dict[str, Any]:
        """The view in the form of the specimens."""
        return {
            "rev": self.rev,
            "unread": self.unread,
            "unseen": self.unseen,
            "items": [
                [item["id"], item["seq"], item["read"], item["seen"], item["occurrences"]]
                for item in self.list()
            ],
            "next": self.next,
        }

    def _reset(self, frame: dict[str, Any]) -> None:
        self.items = {}
        self._extend(frame)
        for item in frame["put"]:
            self._put(item)
        self._see(frame)
        self._move(frame)

    def _move(self, frame: dict[str, Any]) -> None:
        self.rev, self.unread, self.unseen = frame["rev"], frame["unread"], frame["unseen"]

    def _extend(self, frame: dict[str, Any]) -> None:
        self.next = frame.get("next")
        seqs = [item["seq"] for item in frame["put"]]
        self.bottom = min(seqs, default=self.bottom) if self.next else None

    def _change(self, frame: dict[str, Any]) -> None:
        for item in frame.get("put", ()):
            self._put(item)
        for item in self._concerned(frame, "read"):
            item["read"] = True
            item["rev"] = frame["rev"]
        for change in ("archive", "delete", "snooze"):
            for item in self._concerned(frame, change):
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
            self.items[item["id"]] = dict(item)

    def _see(self, frame: dict[str, Any]) -> None:
        if "seen" in frame:
            for item in self.items.values():
                item["seen"] = item["seen"] or item["seq"] <= frame["seen"]["upto"]

    def _concerned(self, frame: dict[str, Any], change: str) -> Iterator[Item]:
        """Known items a change speaks of, unless they are already newer than it."""
        concern = frame.get(change)
        if concern is None:
            return
        ids, upto = set(concern.get("ids", ())), concern.get("upto", -1)
        for item in tuple(self.items.values()):
            if (item["id"] in ids or item["seq"] <= upto) and item["rev"] < frame["rev"]:
                yield item


def _start_of(frame: dict[str, Any]) -> int:
    """Where a frame starts.

    One that tells of no change, and does not say where it starts, answers a command that changed
    nothing: it tells the current rev, but not the way to it.
    """
    told = any(change in frame for change in _CHANGES)
    start: int = frame.get("from", frame["rev"] - 1 if told else frame["rev"])
    return start
