"""The database as a model: inboxes in memory, by the rules of `realtime_notify.inbox`.

A call is one transaction. What it tells of is pushed after it by the real `wire.push`, in the
process that made it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from realtime_notify.credentials import Credentials, Identity
from realtime_notify.inbox import Ask
from realtime_notify.testing.simulator.dice import Weather
from realtime_notify.wire import encoding, push
from realtime_notify.wire.backend import Backend
from realtime_notify.wire.commands import Command
from realtime_notify.wire.heal import Position, Positions
from realtime_notify.wire.protocol import Close, ErrorCode, ProtocolError
from realtime_notify.wire.vocabulary import EventFields, Frame, Item, Recipient, Selection

PAGE_SIZE = 3
SYNC_LIMIT = 4
"""Rows in a page and in a sync: so few that resets and cursors happen all the time."""
KEY = "simulated/event"


@dataclass
class Inbox:
    """One person's inbox."""

    rev: int = 0
    seen: int = 0
    rows: dict[int, Item] = field(default_factory=dict)
    """Notifications by id, in every state."""

    def active(self) -> list[Item]:
        """Return the items of the list, newest first."""
        there = [row for row in self.rows.values() if not (row["archived"] or row["deleted"])]
        return sorted(there, key=lambda row: row["seq"], reverse=True)

    def numbers(self) -> Frame:
        """Return the counters, as a frame."""
        unread = [row for row in self.active() if not row["read"]]
        unseen = sum(row["seq"] > self.seen for row in unread)
        return {"rev": self.rev, "unread": len(unread), "unseen": unseen}

    def shown(self, row: Item) -> Item:
        """Return a row as an answer brings it."""
        item = row.copy()
        item["seen"] = row["seq"] <= self.seen
        return item


class Database:
    """The inboxes of everybody, and what `live` and the hub ask of them.

    Args:
        weather: how bad it is now.
    """

    def __init__(self, weather: Weather) -> None:
        self.weather = weather
        self.inboxes: dict[str, Inbox] = {}
        self.history: dict[str, list[tuple[Frame, list[list[Any]]]]] = {}
        """By the inbox's name and rev: the counters, and the list as a snapshot has it."""
        self.before_push: Callable[[], bool] = lambda: True
        """Called after a commit, with which a process may end; returns whether it may push."""
        self._promised: list[tuple[Sequence[str], str]] = []
        self._last_id = 0
        self._epoch = 0
        self._backup: dict[str, Inbox] = {}
        self.backend = Backend(
            positions=self.positions,
            keys=lambda users: {user: [KEY] for user in users},
            take_in=lambda users: None,
            signed_out=lambda sessions: [],
            translate=lambda body, texts, language: body,
            run_due=lambda should_stop: self.keep_promises(),
        )
        """What the hub is given."""

    def inbox(self, user: str) -> Inbox:
        """Return the inbox of a user; everybody has one."""
        inbox = self.inboxes.get(user)
        if inbox is None:
            inbox = self.inboxes[user] = Inbox()
            self._remember(user, inbox)
        return inbox

    def name(self, user: str) -> str:
        """Return the text that says whose inbox it is, and of which epoch."""
        return f"inbox-of-{user}.{self._epoch}"

    # --- what the site does ---

    def back_up(self) -> None:
        """Keep a copy of everything."""
        self._backup = deepcopy(self.inboxes)

    def restore(self) -> None:
        """Go back to the copy, in a new epoch, and tell all processes."""
        self._epoch += 1
        for user in self.inboxes:
            inbox = self.inboxes[user] = deepcopy(self._backup.get(user, Inbox()))
            # What it held at earlier revs, nobody can ask for: whoever comes gets a reset.
            self.history[self.name(user)] = [({"rev": rev}, []) for rev in range(inbox.rev)]
            self._remember(user, inbox)
        push.restored()

    def notify(self, users: Sequence[str], message: str) -> None:
        """Deliver an event to these users."""
        body = encoding.event_body(_event(message))
        to = [self._deliver(user, message) for user in users]
        if self.before_push():
            push.put(KEY, body, to, "key" if len(to) > 2 else "users")

    def promise(self, users: Sequence[str], message: str) -> None:
        """Store an event whose delivery is left to the sweep."""
        self._promised.append((users, message))

    def keep_promises(self) -> None:
        """Deliver what was promised."""
        while self._promised:
            self.notify(*self._promised.pop(0))

    def _deliver(self, user: str, message: str) -> Recipient:
        inbox = self.inbox(user)
        inbox.rev += 1
        row = next((row for row in inbox.active() if _repeats(row, message)), None)
        if row is None:
            self._last_id += 1
            row = inbox.rows[self._last_id] = _item(self._last_id, message)
        else:
            row["occurrences"] += 1
        row["rev"] = row["seq"] = inbox.rev
        self._remember(user, inbox)
        numbers = inbox.numbers()
        counters = numbers["unread"], numbers["unseen"]
        return Recipient(user, row["id"], inbox.rev, row["seq"], row["occurrences"], *counters)

    # --- what conversations ask ---

    def identify(self, shown: Sequence[Credentials]) -> list[Identity | Close]:
        """Return who these clients are: their scopes say so."""
        return [Identity(each.scope["simulated"]) for each in shown]

    def greetings(self, asks: Sequence[Ask]) -> list[tuple[list[str], Frame]]:
        """Return what answers these hellos."""
        return [([KEY], self.state(ask.user, ask.since, ask.inbox)) for ask in asks]

    def answer(self, user: str, command: Command, language: str = "") -> tuple[Frame, str]:
        """Carry out a command, and return its answer, and the same encoded."""
        frame = self._perform(user, command.name, command.args)
        if command.id is not None:
            frame = {**frame, "id": command.id}
        return frame, encoding.encode(frame)

    def positions(self, users: Sequence[str]) -> Positions:
        """Return where the inboxes of these users are."""
        return {
            user: Position(self.inbox(user).rev, True, False, self.name(user)) for user in users
        }

    # --- commands ---

    def state(self, user: str, since: int | None, name: str | None) -> Frame:
        """Return what changed since a rev, or the first page."""
        inbox = self.inbox(user)
        frame: Frame = {**inbox.numbers(), "inbox": self.name(user), "seen": {"upto": inbox.seen}}
        if since is not None and since <= inbox.rev and name in (None, self.name(user)):
            changed = [row for row in inbox.rows.values() if row["rev"] > since]
            if len(changed) <= SYNC_LIMIT:
                put = [inbox.shown(row) for row in sorted(changed, key=lambda row: row["rev"])]
                return {**frame, "from": since, "put": put}
        return {**frame, "reset": True, **self._page(inbox, None)}

    def _remember(self, user: str, inbox: Inbox) -> None:
        """Keep what the inbox holds at its new rev."""
        rows = [
            [row["id"], row["seq"], row["read"], row["seq"] <= inbox.seen, row["occurrences"]]
            for row in inbox.active()
        ]
        self.history.setdefault(self.name(user), []).append((inbox.numbers(), rows))

    def _page(self, inbox: Inbox, before: str | None) -> Frame:
        rows = [row for row in inbox.active() if before is None or row["seq"] < int(before)]
        put = [inbox.shown(row) for row in rows[:PAGE_SIZE]]
        more = len(rows) > PAGE_SIZE
        return {"rev": inbox.rev, "put": put, "next": str(put[-1]["seq"]) if more else None}

    def _perform(self, user: str, name: str, arguments: dict[str, Any]) -> Frame:
        inbox = self.inbox(user)
        if arguments.get("inbox", self.name(user)) != self.name(user):
            raise ProtocolError(ErrorCode.OTHER_INBOX, "You show another inbox than yours.")
        match name:
            case "sync":
                return self.state(user, arguments.get("since"), arguments.get("inbox"))
            case "page":
                return self._page(inbox, arguments.get("before"))
            case "seen":
                return self._see(user, inbox, arguments["upto"])
            case "read" | "unread" | "archive" | "unarchive" | "delete":
                return self._change(user, inbox, name, arguments)
        raise ProtocolError(ErrorCode.UNKNOWN_COMMAND, f"The simulator knows no {name!r}.")

    def _see(self, user: str, inbox: Inbox, upto: int) -> Frame:
        mark = min(upto, inbox.rev)
        if mark <= inbox.seen:
            return {**inbox.numbers(), "from": inbox.rev}
        inbox.rev += 1
        inbox.seen = mark
        self._remember(user, inbox)
        return self._pushed(user, {**inbox.numbers(), "seen": {"upto": mark}})

    def _change(self, user: str, inbox: Inbox, verb: str, arguments: dict[str, Any]) -> Frame:
        flag, value, concerns = _VERBS[verb]
        upto = min(arguments.get("upto", -1), inbox.rev)
        ids = arguments.get("ids", ())
        rows = [
            row
            for row in inbox.rows.values()
            if (row["id"] in ids or row["seq"] <= upto) and concerns(row)
        ]
        if not rows:
            return {**inbox.numbers(), "from": inbox.rev}
        inbox.rev += 1
        for row in rows:
            row[flag] = value  # type: ignore[literal-required]
            row["rev"] = inbox.rev
        self._remember(user, inbox)
        if not value:
            put = [inbox.shown(row) for row in rows]
            return self._pushed(user, {**inbox.numbers(), "put": put})
        selection: Selection = {"upto": upto} if "upto" in arguments else {"ids": _ids(rows)}
        frame: Any = {**inbox.numbers(), verb: selection}
        return self._pushed(user, frame)

    def _pushed(self, user: str, frame: Frame) -> Frame:
        if self.before_push():
            push.change(user, frame)
        return frame


def _listed(row: Item) -> bool:
    return not (row["archived"] or row["deleted"])


# By verb: what it sets, to what, and the rows that it concerns.
_VERBS: dict[str, tuple[str, bool, Callable[[Item], bool]]] = {
    "read": ("read", True, lambda row: _listed(row) and not row["read"]),
    "unread": ("read", False, lambda row: _listed(row) and row["read"]),
    "archive": ("archived", True, _listed),
    "unarchive": ("archived", False, lambda row: row["archived"] and not row["deleted"]),
    "delete": ("deleted", True, lambda row: not row["deleted"]),
}


def _ids(rows: Sequence[Item]) -> list[int]:
    return sorted(row["id"] for row in rows)


def _repeats(row: Item, message: str) -> bool:
    return row["message"] == message and not row["read"]


def _event(message: str) -> EventFields:
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
        **_event(message),
    }
