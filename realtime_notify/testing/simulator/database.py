"""The database as a model: the inboxes of everybody, broadcasts, promises and sessions.

A call is one transaction. What it tells of is pushed after it by the real `wire.push`, in the
process that made it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from realtime_notify.credentials import Credentials, Identity
from realtime_notify.exceptions import Busy
from realtime_notify.inbox import Ask
from realtime_notify.testing.simulator.dice import Weather
from realtime_notify.testing.simulator.inboxes import KEY, Inbox, event_of
from realtime_notify.wire import encoding, push
from realtime_notify.wire.backend import Backend
from realtime_notify.wire.commands import Command
from realtime_notify.wire.heal import Position, Positions
from realtime_notify.wire.protocol import Close, ErrorCode, ProtocolError
from realtime_notify.wire.vocabulary import Change, Frame, Recipient


@dataclass
class Stored:
    """All that a copy of the database holds."""

    inboxes: dict[str, Inbox] = field(default_factory=dict)
    broadcasts: list[str] = field(default_factory=list)
    """What was broadcast; the number of a broadcast is its place, from 1."""
    promised: list[tuple[Sequence[str], str]] = field(default_factory=list)
    """Events whose delivery is left to the sweep: to whom, and what."""
    last_id: int = 0


class Database:
    """The inboxes of everybody, and what `live` and the hub ask of them.

    Args:
        weather: how bad it is now.
    """

    def __init__(self, weather: Weather) -> None:
        self.weather = weather
        self.history: dict[str, list[Any]] = {}
        """By the inbox's name and rev: what a client shows then."""
        self.before_push: Callable[[], bool] = lambda: True
        """Called after a commit, with which a process may end; returns whether it may push."""
        self.sessions: dict[str, str] = {}
        """Who is signed in, by session. They are kept elsewhere, and never restored."""
        self._stored = Stored()
        self._epoch = 0
        self._copy = Stored()
        self.backend = Backend(
            positions=self.positions,
            keys=lambda users: {user: [KEY] for user in users},
            take_in=self.take_in,
            signed_out=self.signed_out,
            translate=lambda body, texts, language: body,
            run_due=lambda should_stop: self.keep_promises(),
        )
        """What the hub is given."""

    def inbox(self, user: str) -> Inbox:
        """Return the inbox of a user; everybody has one."""
        inbox = self._stored.inboxes.get(user)
        if inbox is None:
            inbox = self._stored.inboxes[user] = Inbox()
            self._remember(user)
        return inbox

    def name(self, user: str) -> str:
        """Return the text that says whose inbox it is, and of which epoch."""
        return f"inbox-of-{user}.{self._epoch}"

    def is_present(self, name: str) -> bool:
        """Tell whether an inbox of this name counts in the present epoch."""
        return name.endswith(f".{self._epoch}")

    @property
    def commits(self) -> int:
        """How many revisions there are."""
        return sum(inbox.rev for inbox in self._stored.inboxes.values())

    def owes(self, users: Collection[str]) -> bool:
        """Tell whether anything is promised, or an inbox of these users lacks a broadcast."""
        newest = len(self._stored.broadcasts)
        return bool(self._stored.promised) or any(
            self.inbox(user).caught_up < newest for user in users
        )

    # --- what the site does ---

    def back_up(self) -> None:
        """Keep a copy of everything."""
        self._copy = deepcopy(self._stored)

    def restore(self) -> None:
        """Go back to the copy, in a new epoch, and tell all processes."""
        users = list(self._stored.inboxes)
        self._stored = deepcopy(self._copy)
        self._epoch += 1
        for user in users:
            # What it held at earlier revs, nobody can ask for: whoever comes gets a reset.
            inbox = self._stored.inboxes.setdefault(user, Inbox())
            self.history[self.name(user)] = [None] * inbox.rev
            self._remember(user)
        if self.before_push():
            push.restored()

    def notify(self, users: Sequence[str], message: str) -> None:
        """Deliver an event to these users."""
        to = [self._deliver(user, message) for user in users]
        if self.before_push():
            self._push(message, to)

    def promise(self, users: Sequence[str], message: str) -> None:
        """Store an event whose delivery is left to the sweep."""
        self._stored.promised.append((users, message))

    def keep_promises(self) -> None:
        """Deliver what was promised."""
        while self._stored.promised:
            self.notify(*self._stored.promised.pop(0))

    def broadcast(self, message: str) -> None:
        """Store an event that everybody takes in by themselves, and announce it."""
        self._stored.broadcasts.append(message)
        if self.before_push():
            push.broadcast(len(self._stored.broadcasts), [KEY])

    def take_in(self, users: Collection[str]) -> None:
        """Take in the broadcasts that these users' inboxes lack, unless somebody locks them."""
        if self.weather.inboxes_locked:
            return
        arrived: dict[str, list[Recipient]] = {}
        for user in users:
            inbox = self.inbox(user)
            for message in self._stored.broadcasts[inbox.caught_up :]:
                arrived.setdefault(message, []).append(self._deliver(user, message))
            inbox.caught_up = len(self._stored.broadcasts)
        if arrived and self.before_push():
            for message, to in arrived.items():
                self._push(message, to)

    def prune(self, user: str, keep: int) -> None:
        """Remove old rows, as retention does."""
        inbox = self.inbox(user)
        self._commit(user, inbox.prune(keep))

    def sign_in(self, session: str, user: str) -> None:
        """Begin a session."""
        self.sessions[session] = user

    def sign_out(self, session: str) -> None:
        """End a session, and tell the processes."""
        user = self.sessions.pop(session, None)
        if user is not None and self.before_push():
            push.disconnect(user, push.session_digest(session), "signed out")

    def _deliver(self, user: str, message: str) -> Recipient:
        inbox = self.inbox(user)
        row = inbox.deliver(message, self._new_id)
        self._remember(user)
        numbers = inbox.numbers()
        counters = numbers["unread"], numbers["unseen"]
        return Recipient(user, row["id"], inbox.rev, row["seq"], row["occurrences"], *counters)

    def _new_id(self) -> int:
        self._stored.last_id += 1
        return self._stored.last_id

    def _push(self, message: str, to: Sequence[Recipient]) -> None:
        body = encoding.event_body(event_of(message))
        push.put(KEY, body, to, "key" if len(to) > 2 else "users")

    def _remember(self, user: str) -> None:
        """Keep what an inbox shows at its new rev."""
        self.history.setdefault(self.name(user), []).append(self.inbox(user).view())

    def _commit(self, user: str, change: Change | None) -> Frame:
        """Return the frame of a change, and push it; None is no change."""
        inbox = self.inbox(user)
        if change is None:
            return {**inbox.numbers(), "from": inbox.rev}
        self._remember(user)
        frame: Frame = {**inbox.numbers(), **change}
        if self.before_push():
            push.change(user, frame)
        return frame

    # --- what conversations and the hub ask ---

    def identify(self, shown: Sequence[Credentials]) -> list[Identity | Close]:
        """Return who these clients are, by their sessions."""
        return [self._who(each.scope) for each in shown]

    def _who(self, scope: dict[str, Any]) -> Identity | Close:
        session, expires = scope["session"], scope["expires"]
        if session not in self.sessions:
            return Close.NOT_SIGNED_IN
        until = None if expires is None else datetime.fromtimestamp(expires, UTC)
        return Identity(self.sessions[session], session, until)

    def signed_out(self, sessions: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return, of these users and sessions, those that are over."""
        return [(user, key) for user, key in sessions if self.sessions.get(key) != user]

    def positions(self, users: Sequence[str]) -> Positions:
        """Return where the inboxes of these users are."""
        newest = len(self._stored.broadcasts)
        return {
            user: Position(inbox.rev, True, inbox.caught_up < newest, self.name(user))
            for user in users
            for inbox in [self.inbox(user)]
        }

    def greetings(self, asks: Sequence[Ask]) -> list[tuple[list[str], Frame]]:
        """Return what answers these hellos."""
        self.take_in([ask.user for ask in asks])
        return [([KEY], self._state(ask.user, ask.since, ask.inbox)) for ask in asks]

    def answer(self, user: str, command: Command, language: str = "") -> tuple[Frame, str]:
        """Carry out a command, and return its answer, and the same encoded."""
        if self.weather.inboxes_locked and command.name != "page":
            raise Busy("The inbox is locked.")
        frame = self._perform(user, command.name, command.args)
        if command.id is not None:
            frame = {**frame, "id": command.id}
        return frame, encoding.encode(frame)

    def _state(self, user: str, since: int | None, name: str | None) -> Frame:
        known = since if name in (None, self.name(user)) else None
        return {**self.inbox(user).state(known), "inbox": self.name(user)}

    def _perform(self, user: str, name: str, arguments: dict[str, Any]) -> Frame:
        if name == "sync":
            self.take_in([user])
            return self._state(user, arguments.get("since"), arguments.get("inbox"))
        if arguments.get("inbox", self.name(user)) != self.name(user):
            raise ProtocolError(ErrorCode.OTHER_INBOX, "You show another inbox than yours.")
        inbox = self.inbox(user)
        match name:
            case "page":
                return inbox.page(arguments.get("before"))
            case "seen":
                return self._commit(user, inbox.see(arguments["upto"]))
            case "read" | "unread" | "archive" | "unarchive" | "delete":
                which = {key: arguments[key] for key in ("ids", "upto") if key in arguments}
                return self._commit(user, inbox.change(name, **which))
        raise ProtocolError(ErrorCode.UNKNOWN_COMMAND, f"The simulator knows no {name!r}.")
