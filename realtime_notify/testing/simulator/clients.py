"""A client: the session of the protocol, which comes back by its rules when the line breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

from realtime_notify.testing.session import Frame, Outcome, Reaction, Session, Store
from realtime_notify.testing.simulator.dice import Dice
from realtime_notify.testing.simulator.loops import Loop, Timeline
from realtime_notify.testing.simulator.processes import Line

FIRST_CEILING, LAST_CEILING = 0.5, 30.0
"""The back-off: a random wait below a ceiling that doubles with each attempt, in seconds."""
WORKS_AFTER = 5.0  # seconds; a connection that lasted so long resets the ceiling
HELLO_TIMEOUT = 10.0
SILENCE = 5.0  # seconds beyond `ping` in which nothing came, after which a connection is dead
ASK_AGAIN = 1.0  # seconds after a sync that failed


class Protocolled(Protocol):
    """A client of the protocol without a socket, such as `realtime_notify.testing.Session`."""

    store: Store

    def hello(self) -> Frame:
        """Return the frame that begins a connection."""
        ...

    def command(self, **command: Any) -> Frame:
        """Return the frame that sends a command."""
        ...

    def receive(self, frame: Frame) -> Reaction:
        """Apply a frame, and return what it led to."""
        ...

    def give_up(self) -> None:
        """Stop waiting for answers: the connection is lost."""
        ...

    def is_waiting_for(self, name: str) -> bool:
        """Tell whether a command of this name still awaits its answer."""
        ...


class Client:
    """One browser of one user.

    Args:
        name: names the scenario and the client, for the dice.
        user: who is signed in.
        timeline: what happens everywhere.
        connect: opens a line to some process; returns None if there is none.
        on_frame: called after each frame, with what the client made of it.
        session: makes the client itself.
    """

    def __init__(
        self,
        name: str,
        user: str,
        timeline: Timeline,
        connect: Callable[[Client], Line | None],
        on_frame: Callable[[Client, Frame, Outcome], None],
        session: Callable[[], Protocolled] = Session,
    ) -> None:
        self.name = name
        self.user = user
        self.dice = Dice(name)
        """Its own chance."""
        self.loop = Loop(timeline)  # type: ignore[abstract]  # it needs no more
        self.session = session()
        """The client of the protocol."""
        self.line: Line | None = None
        """Its connection; None between two."""
        self.greeted = False
        """Whether the hello of this connection was answered."""
        self._connect = connect
        self._observe = on_frame
        self._ceiling = FIRST_CEILING
        self._retry: tuple[float, float] | None = None
        self._began = self._heard = 0.0
        self._ping = 0.0

    @property
    def is_connected(self) -> bool:
        """Whether it was greeted, by a connection that is not dead."""
        return self.greeted and self.line is not None and not self.line.is_dead

    def connect(self) -> None:
        """Open a connection and say hello, or try again later."""
        self.line = self._connect(self)
        self._began = self._heard = self.loop.time()
        self.greeted = False
        if self.line is None:
            self._come_back()
            return
        self._send(self.session.hello())
        self.loop.call_later(HELLO_TIMEOUT, self._watch, self.line)

    def act(self, **command: Any) -> None:
        """Send a command, if somebody could click now."""
        if self.greeted:
            self._send(self.session.command(**command))

    def scroll(self) -> None:
        """Ask for the next page, if there is one."""
        if self.greeted and self.session.store.next and not self.session.is_waiting_for("page"):
            self._send(self.session.command(page={"before": self.session.store.next}))

    # --- what the line tells ---

    def on_frame(self, line: Line, text: str) -> None:
        """Take a frame of the server, and answer it."""
        if line is not self.line:
            return
        self._heard = self.loop.time()
        frame = json.loads(text)
        if "bye" in frame:
            retry = frame["bye"].get("retry")
            self._retry = retry and (retry[0], retry[1])
        reaction = self.session.receive(frame)
        for reply in reaction.replies:
            self._send(reply)
        if "error" in frame:
            self._on_error(reaction.answers)
        if reaction.answers == "hello" and "rev" in frame:
            self.greeted, self._ping = True, frame["ping"]
        if reaction.outcome == "stale":
            self.scroll()
        self._observe(self, frame, reaction.outcome)

    def on_closed(self, line: Line, code: int) -> None:
        """Come back later."""
        if line is self.line:
            self._leave()

    def _on_error(self, command: str | None) -> None:
        if command == "hello":
            self._hang_up()
        elif command == "sync":
            self.loop.call_later(ASK_AGAIN, self._ask_again, self.line)

    def _ask_again(self, line: Line) -> None:
        if line is self.line and not self.session.is_waiting_for("sync"):
            store = self.session.store
            known = {"since": store.rev, "inbox": store.inbox}
            told = {name: value for name, value in known.items() if value is not None}
            self._send(self.session.command(sync=told))

    def _watch(self, line: Line) -> None:
        """Hang up when nothing has come for too long."""
        if line is not self.line:
            return
        patience = self._ping + SILENCE if self.greeted else HELLO_TIMEOUT
        left = self._heard + patience - self.loop.time()
        if left <= 0:
            self._hang_up()
        else:
            self.loop.call_later(left, self._watch, line)

    def _hang_up(self) -> None:
        if self.line is not None:
            self.line.close()
            self._leave()

    def _leave(self) -> None:
        self.line, self.greeted = None, False
        self.session.give_up()
        self._come_back()

    def _come_back(self) -> None:
        if self.loop.time() - self._began > WORKS_AFTER:
            self._ceiling = FIRST_CEILING
        retry, self._retry = self._retry, None
        wait = self.dice.between(*(retry or (0.0, self._ceiling)))
        self._ceiling = min(2 * self._ceiling, LAST_CEILING)
        self.loop.call_later(wait, self.connect)

    def _send(self, frame: Frame) -> None:
        if self.line is not None:
            self.line.write(json.dumps(frame))
