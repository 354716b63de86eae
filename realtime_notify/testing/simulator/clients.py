"""A client: the session of the protocol, which comes back by its rules when the line breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from realtime_notify.testing.backoff import WORKS_AFTER, wait
from realtime_notify.testing.session import Frame, Outcome, Reaction, Session, Store
from realtime_notify.testing.simulator.dice import Dice
from realtime_notify.testing.simulator.lines import Line
from realtime_notify.testing.simulator.loops import Loop, Timeline
from realtime_notify.wire.protocol import Close

HELLO_TIMEOUT = 10.0
SILENCE = 5.0  # seconds beyond `ping` in which nothing came, after which a connection is dead
STAY_AWAY = 4500  # close codes from here on
RETURNS_AFTER = 2.0  # seconds
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
        login: the session in its cookie.
        timeline: what happens everywhere.
        connect: opens a line to some process; returns None if there is none.
        on_frame: called after each frame, with what the client made of it.
        session: makes the client itself.
    """

    def __init__(
        self,
        name: str,
        user: str,
        login: str,
        timeline: Timeline,
        connect: Callable[[Client], Line | None],
        on_frame: Callable[[Client, Frame, Outcome], None],
        session: Callable[[], Protocolled] = Session,
    ) -> None:
        self.name = name
        self.user = user
        self.login: str | None = login
        """The session in its cookie; None once it has signed out."""
        self.is_frozen = False
        """Whether it neither reads nor looks at its watch, like a computer that sleeps."""
        self.turned_away = 0
        """The code by which it was told to stay away though nobody had signed out; 0 for none."""
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
        self._attempt = 0
        self._retry: tuple[float, float] | None = None
        self._began = self._heard = 0.0
        self._ping = 0.0
        self._held: list[Callable[[], object]] = []  # what has come while it was frozen

    @property
    def is_connected(self) -> bool:
        """Whether it was greeted, by a connection of its session that works."""
        line = self.line
        if line is None or line.is_dead or not line.is_open or self.is_frozen:
            return False
        return self.greeted and line.scope["session"] == self.login

    @property
    def is_as_it_should_be(self) -> bool:
        """Whether it is connected; or shows nothing, if nobody is signed in."""
        if self.login is not None:
            return self.is_connected
        return self.line is None and self.session.store.rev is None

    def connect(self) -> None:
        """Open a connection and say hello, or try again later."""
        if self.is_frozen:
            self._held.append(self.connect)
            return
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
        if self.greeted and not self.is_frozen:
            self._send(self.session.command(**command))

    def scroll(self) -> None:
        """Ask for the next page, if there is one."""
        if self.is_frozen:
            return
        if self.greeted and self.session.store.next and not self.session.is_waiting_for("page"):
            self._send(self.session.command(page={"before": self.session.store.next}))

    def freeze(self) -> None:
        """Stop reading, without a word."""
        self.is_frozen = True

    def thaw(self) -> None:
        """Take everything that has gathered, and go on."""
        self.is_frozen = False
        held, self._held = self._held, []
        if self.line is not None:
            self.line.read_on()
        for call in held:
            call()

    # --- what the line tells ---

    def on_frame(self, line: Line, text: str) -> None:
        """Take a frame of the server, and answer it."""
        if self.is_frozen:
            self._held.append(partial(self.on_frame, line, text))
            return
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
        """Come back later, or stay away, as the code says."""
        if self.is_frozen:
            self._held.append(partial(self.on_closed, line, code))
        elif line is self.line:
            if code < STAY_AWAY:
                self._leave()
            else:
                self._stay_away(code)

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
        if self.is_frozen:
            self._held.append(partial(self._watch, line))
            return
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
        self._forget_line()
        self._come_back()

    def _stay_away(self, code: int) -> None:
        """Show nothing, until somebody who has signed in comes back to the page."""
        if code != Close.NOT_SIGNED_IN:
            self.turned_away = code
        self._forget_line()
        self.session.store.forget()
        self.loop.call_later(RETURNS_AFTER, self._return)

    def _return(self) -> None:
        if self.line is None and self.login is not None:
            self.connect()

    def _forget_line(self) -> None:
        self.line, self.greeted = None, False
        self.session.give_up()

    def _come_back(self) -> None:
        if self.loop.time() - self._began > WORKS_AFTER:
            self._attempt = 0
        retry, self._retry = self._retry, None
        seconds = wait(self._attempt, self.dice.between(0.0, 1.0), retry)
        self._attempt += 1
        self.loop.call_later(seconds, self.connect)

    def _send(self, frame: Frame) -> None:
        if self.line is not None:
            self.line.write(json.dumps(frame))
