"""What a client shows: the client rule of docs/protocol.md, line by line.

The package has a store of its own. This one was written from the document, so that a mistake in
either is seen as a difference.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

Frame = dict[str, Any]
Outcome = Literal["applied", "ignored", "sync", "stale"]

GONE = ("archive", "delete", "snooze")
CHANGES = ("put", "read", "seen", *GONE)


class View:
    """The state of a client.

    Attributes:
        rev: its revision; None before the first answer.
        inbox: whose revision that is.
        items: the active items, by id.
        bottom: the `seq` of the oldest item loaded; None if the list is loaded to its end.
        next: the cursor of the next page.
    """

    def __init__(self) -> None:
        self.rev: int | None = None
        self.inbox: str | None = None
        self.unread = 0
        self.unseen = 0
        self.items: dict[int, Frame] = {}
        self.bottom: int | None = None
        self.next: Any = None

    def apply(self, frame: Frame) -> Outcome:
        """Take a frame that is not the answer to a page."""
        if "error" in frame or "bye" in frame:
            return "ignored"
        if frame.get("reset"):
            self._replace(frame)
            return "applied"
        if self.rev is None:
            return "ignored"
        if self.inbox is not None and frame.get("inbox", self.inbox) != self.inbox:
            self.__init__()  # type: ignore[misc]
            return "sync"
        if "unread" not in frame:
            return "ignored" if frame["rev"] == self.rev else "sync"
        if frame["rev"] <= self.rev:
            return "ignored"
        if _start(frame) > self.rev:
            return "sync"
        self._change(frame)
        self._count(frame)
        return "applied"

    def apply_page(self, frame: Frame) -> Outcome:
        """Take the answer to a page."""
        if self.rev is None or frame["rev"] < self.rev:
            return "stale"
        self._end_at(frame)
        self._put(frame["put"])
        return "sync" if frame["rev"] > self.rev else "applied"

    def ordered(self) -> list[Frame]:
        """Return what is shown, newest first."""
        return sorted(self.items.values(), key=lambda item: -int(item["seq"]))

    def _replace(self, frame: Frame) -> None:
        self.items = {}
        self._end_at(frame)
        self._put(frame["put"])
        self._count(frame)

    def _end_at(self, frame: Frame) -> None:
        self.next, self.bottom = frame["next"], None
        if self.next is not None:
            self.bottom = min((item["seq"] for item in frame["put"]), default=None)

    def _count(self, frame: Frame) -> None:
        self.rev, self.unread, self.unseen = frame["rev"], frame["unread"], frame["unseen"]
        self.inbox = frame.get("inbox", self.inbox)

    def _change(self, frame: Frame) -> None:
        self._put(frame.get("put", []))
        rev = frame["rev"]
        for item in self._concerned(frame.get("read"), rev):
            item["read"], item["rev"] = True, rev
        for name in GONE:
            for item in self._concerned(frame.get(name), rev):
                del self.items[item["id"]]
        if seen := frame.get("seen"):
            for item in self.items.values():
                item["seen"] = item["seen"] or item["seq"] <= seen["upto"]

    def _put(self, items: list[Frame]) -> None:
        for item in items:
            known = self.items.get(item["id"])
            if known is not None and known["rev"] >= item["rev"]:
                continue
            hidden = item["archived"] or item["deleted"] or item.get("snoozed", False)
            if hidden or (self.bottom is not None and item["seq"] < self.bottom):
                self.items.pop(item["id"], None)
            else:
                self.items[item["id"]] = dict(item)

    def _concerned(self, which: Frame | None, rev: int) -> list[Frame]:
        if which is None:
            return []
        concerns: Callable[[Frame], bool]
        if "ids" in which:
            ids = set(which["ids"])
            concerns = lambda item: item["id"] in ids  # noqa: E731
        else:
            upto = which["upto"]
            concerns = lambda item: item["seq"] <= upto  # noqa: E731
        return [item for item in self.items.values() if item["rev"] < rev and concerns(item)]


def _start(frame: Frame) -> int:
    """Return the revision that a frame starts from."""
    rev: int = frame["rev"]
    start: int = frame.get("from", rev - 1 if any(name in frame for name in CHANGES) else rev)
    return start
