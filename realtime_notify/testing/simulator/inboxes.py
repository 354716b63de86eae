"""One person's inbox as a model: what `realtime_notify.inbox` does to one, in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, cast

from realtime_notify.wire.vocabulary import Change, EventFields, Frame, Item, Selection

PAGE_SIZE = 3
SYNC_LIMIT = 4
"""Rows in a page and in a sync: so few that resets and cursors happen all the time."""
KEY = "simulated/event"


@dataclass
class Inbox:
    """What is kept for one person."""

    rev: int = 0
    seen: int = 0
    floor: int = 0
    """Below it a sync is answered with a reset: rows were removed."""
    caught_up: int = 0
    """The number of the newest broadcast that was taken in."""
    rows: dict[int, Item] = field(default_factory=dict)
    """Notifications by id, in every state."""

    def active(self) -> list[Item]:
        """Return the items of the list, newest first."""
        there = [row for row in self.rows.values() if _is_listed(row)]
        return sorted(there, key=lambda row: row["seq"], reverse=True)

    def numbers(self) -> Frame:
        """Return the counters, as a frame."""
        unread = [row for row in self.active() if not row["read"]]
        unseen = sum(row["seq"] > self.seen for row in unread)
        return {"rev": self.rev, "unread": len(unread), "unseen": unseen}

    def view(self) -> tuple[Frame, list[list[Any]]]:
        """Return what a client shows at this rev: the counters, and the list of a snapshot."""
        return self.numbers(), [
            [row["id"], row["seq"], row["read"], row["seq"] <= self.seen, row["occurrences"]]
            for row in self.active()
        ]

    # --- what is asked ---

    def state(self, since: int | None) -> Frame:
        """Return what changed since a rev; the first page if that is too much, or unknown."""
        frame: Frame = {**self.numbers(), "seen": {"upto": self.seen}}
        if since is not None and self.floor <= since <= self.rev:
            changed = [row for row in self.rows.values() if row["rev"] > since]
            if len(changed) <= SYNC_LIMIT:
                put = [self._shown(row) for row in sorted(changed, key=lambda row: row["rev"])]
                return {**frame, "from": since, "put": put}
        return {**frame, "reset": True, **self.page(None)}

    def page(self, before: str | None) -> Frame:
        """Return the page that a cursor leads to."""
        rows = [row for row in self.active() if before is None or row["seq"] < int(before)]
        put = [self._shown(row) for row in rows[:PAGE_SIZE]]
        more = len(rows) > PAGE_SIZE
        return {"rev": self.rev, "put": put, "next": str(put[-1]["seq"]) if more else None}

    def _shown(self, row: Item) -> Item:
        item = row.copy()
        item["seen"] = row["seq"] <= self.seen
        return item

    # --- what changes it, each time by one revision ---

    def deliver(self, message: str, new_id: Callable[[], int]) -> Item:
        """Let an event arrive; an unread one that says the same is repeated."""
        self.rev += 1
        row = next((row for row in self.active() if _repeats(row, message)), None)
        if row is None:
            id = new_id()
            row = self.rows[id] = _item(id, message)
        else:
            row["occurrences"] += 1
        row["rev"] = row["seq"] = self.rev
        return row

    def see(self, upto: int) -> Change | None:
        """Move the seen mark; return what changed, or None."""
        mark = min(upto, self.rev)
        if mark <= self.seen:
            return None
        self.rev += 1
        self.seen = mark
        return {"seen": {"upto": mark}}

    def change(
        self, verb: str, ids: Collection[int] = (), upto: int | None = None
    ) -> Change | None:
        """Carry a verb out; return what changed, or None."""
        flag, value, concerns = _VERBS[verb]
        most = -1 if upto is None else min(upto, self.rev)
        rows = [
            row
            for row in self.rows.values()
            if (row["id"] in ids or row["seq"] <= most) and concerns(row)
        ]
        if not rows:
            return None
        self.rev += 1
        for row in rows:
            row[flag] = value  # type: ignore[literal-required]
            row["rev"] = self.rev
        if not value:
            return {"put": [self._shown(row) for row in rows]}
        selection: Selection = {"ids": _ids(rows)} if upto is None else {"upto": most}
        return cast("Change", {verb: selection})

    def prune(self, keep: int) -> Change | None:
        """Remove all rows but the newest; return what of it anybody can see, or None."""
        rows = sorted(self.rows.values(), key=lambda row: row["seq"], reverse=True)[keep:]
        if not rows:
            return None
        shown = _ids([row for row in rows if _is_listed(row)])
        self.rev += bool(shown)
        self.floor = self.rev if shown else max(self.floor, *(row["rev"] for row in rows))
        for row in rows:
            del self.rows[row["id"]]
        return {"delete": {"ids": shown}} if shown else None


def event_of(message: str) -> EventFields:
    """Return the fields that all recipients of an event share."""
    return {
        "key": KEY,
        "group": "simulated",
        "level": "info",
        "message": message,
        "description": "",
        "url": "",
        "image": "",
        "actor": None,
        "verb": "",
        "action_object": None,
        "target": None,
        "data": None,
        "created": "2026-01-01T00:00:00.000Z",
    }


def _is_listed(row: Item) -> bool:
    return not (row["archived"] or row["deleted"])


# By verb: what it sets, to what, and the rows that it concerns.
_VERBS: dict[str, tuple[str, bool, Callable[[Item], bool]]] = {
    "read": ("read", True, lambda row: _is_listed(row) and not row["read"]),
    "unread": ("read", False, lambda row: _is_listed(row) and row["read"]),
    "archive": ("archived", True, _is_listed),
    "unarchive": ("archived", False, lambda row: row["archived"] and not row["deleted"]),
    "delete": ("deleted", True, lambda row: not row["deleted"]),
}


def _ids(rows: Collection[Item]) -> list[int]:
    return sorted(row["id"] for row in rows)


def _repeats(row: Item, message: str) -> bool:
    return row["message"] == message and not row["read"]


def _item(id: int, message: str) -> Item:
    return {
        "id": id,
        "rev": 0,
        "seq": 0,
        "occurrences": 1,
        "read": False,
        "seen": False,
        "archived": False,
        "deleted": False,
        "snoozed": False,
        **event_of(message),
    }
