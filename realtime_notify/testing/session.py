"""The browser's side of protocol ``rn.1``, without a socket.

A `Session` takes frames in and says what to send, so that any transport can carry it: the
in-process socket of `NotificationClient`, a real WebSocket, or a simulated network that loses
frames. Twin of ``frontend/src/client.ts``.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, cast

from realtime_notify.wire import vocabulary
from realtime_notify.wire.store import Store

__all__ = ["Frame", "Outcome", "Reaction", "Session", "Store", "is_heartbeat"]

Frame = dict[str, Any]
"""Any frame, of the server's or the client's; tests read it freely."""
Outcome = Literal["applied", "ignored", "sync", "stale"]

CATCHING_UP = ("hello", "sync")  # the commands whose answers tell what was missed


class Reaction(NamedTuple):
    """What a frame led to."""

    answers: str | None
    """The name of the command that the frame answers; None for a push or a heartbeat."""
    outcome: Outcome
    """What the store made of it."""
    replies: list[Frame]
    """What to send now: the answer to a heartbeat, a sync."""


class Session:
    """One browser's state, and the rules by which it answers.

    It answers heartbeats, asks for a sync when it has missed a change or may have (one at a time),
    and drops pages that continue a list it no longer shows.
    """

    def __init__(self, store: Store | None = None) -> None:
        """Begin a session.

        Args:
            store: what the browser shows already; None on a first visit.
        """
        self.store = store or Store()
        """What the browser shows."""
        self.stale = False
        """Whether the server cannot promise now that nothing is missing."""
        self.frames: list[Frame] = []
        """Every frame received, in order."""
        self._last_id = 0
        self._pending: dict[int, tuple[str, Frame]] = {}
        self._newest_rev = 0

    def command(self, **command: Any) -> Frame:
        """Return the frame that sends a command.

        Args:
            command: the command's name and its arguments, as in ``command(read={"upto": 7})``.
                Further fields are sent along.
        """
        self._last_id += 1
        name = next(iter(command))
        self._pending[self._last_id] = (name, command[name])
        return {"id": self._last_id, **command}

    def hello(self, ticket: str | None = None) -> Frame:
        """Return the frame that begins a connection: a store with a rev asks for what it missed.

        Args:
            ticket: what says who the client is, if the socket does not.
        """
        shown = {} if ticket is None else {"ticket": ticket}
        return self.command(hello={**self._since(), **shown})

    def is_waiting_for(self, name: str) -> bool:
        """Tell whether a command of this name still awaits its answer."""
        return any(pending == name for pending, _ in self._pending.values())

    def give_up(self, id: int | None = None) -> None:
        """Stop waiting for the answer to one command, or to all when the connection is lost."""
        if id is None:
            self._pending.clear()
        else:
            self._pending.pop(id, None)

    def receive(self, frame: Frame) -> Reaction:
        """Apply a frame, and return what it led to."""
        self.frames.append(frame)
        name, arguments = self._pending.pop(frame.get("id") or 0, (None, {}))
        if "error" in frame or "bye" in frame:
            return Reaction(name, "ignored", [])
        outcome = self._apply(frame, name, arguments)
        replies = []
        if is_heartbeat(frame):
            replies.append(frame)
            self.stale = "age" in frame
        behind = (name in CATCHING_UP or is_heartbeat(frame)) and self._is_behind()
        if behind or outcome == "sync" or "age" in frame:
            replies += self._sync()
        return Reaction(name, outcome, replies)

    def _apply(self, frame: Frame, name: str | None, arguments: Frame) -> Outcome:
        if name == "page":
            if arguments.get("before") != self.store.next:
                return "ignored"  # requested before a reset: it continues a list that is gone
            return self.store.apply_page(cast("vocabulary.Frame", frame))
        rev = frame.get("rev") or 0
        self._newest_rev = rev if frame.get("reset") else max(self._newest_rev, rev)
        return self.store.apply(cast("vocabulary.Frame", frame))

    def _is_behind(self) -> bool:
        return self.store.rev is None or self.store.rev < self._newest_rev

    def _sync(self) -> list[Frame]:
        if any(self.is_waiting_for(name) for name in CATCHING_UP):
            return []  # whose answer shows whether there is more to ask for
        return [self.command(sync=self._since())]

    def _since(self) -> Frame:
        """Return what tells the server what this browser shows: a rev, and whose it is."""
        known = {"since": self.store.rev, "inbox": self.store.inbox}
        return {name: value for name, value in known.items() if value is not None}


def is_heartbeat(frame: Frame) -> bool:
    """Tell whether a frame is a heartbeat, which its reader answers by sending it back."""
    return "beat" in frame
