"""People who live with a site: they come, read, leave and come back, as long as the process runs.

They follow the protocol as far as its server can tell: they answer heartbeats, ask for what they
missed, and come back by the real client's rules. Of what they are shown they keep the revision
alone, so that ten thousand of them cost little beside the server they live with.
"""

from __future__ import annotations

import json
import random
import re
import struct
import time
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from benchmarks.returning import Browser, Crowd, Outcome, Street, frame

ARRIVALS = 170.0
"""How many come in a second, at most,"""
AT_THE_DOOR = 60
"""and how many are not greeted yet: how a crowd comes is another measurement."""
LEAVES = 5.0
"""How many leave in a second: three hundred a minute."""
AWAY = (5.0, 60.0)
"""Seconds for which one who has left is away."""
READS = 2.0
"""How many mark everything as read in a second."""
CALM = 30.0
"""Seconds in the end in which nobody does anything."""
NAP = 0.005
"""Seconds for which nobody looks what has arrived."""
CHANGES = ("put", "read", "seen", "archive", "delete", "snooze")
REV = re.compile(rb'"rev":(\d+)')
CLOSE = struct.pack("!BBIH", 0x88, 0x82, 0, 1001)


@dataclass
class Lives(Outcome):
    """What residents have lived through."""

    frames: int = 0
    arrived: int = 0
    """Notifications that were shown to somebody."""
    left: int = 0
    read: int = 0
    syncs: int = 0
    errors: list[str] = field(default_factory=list)
    revisions: dict[int, int] = field(default_factory=dict)
    """In the end, by the number of each who is there."""


class Resident(Browser):
    """One who knows at which revision they are."""

    __slots__ = ("asking", "inbox", "rev")

    def __init__(self, number: int, cookie: str) -> None:
        self.rev: int | None = None
        self.inbox = ""
        super().__init__(number, cookie)

    def rest(self) -> None:
        """Be without a socket."""
        super().rest()
        self.asking = False

    def forget(self) -> None:
        """Open a new page, which shows nothing yet."""
        self.rev, self.inbox = None, ""


class Neighbourhood(Street):
    """The loop of the process."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.outcome: Lives = Lives()
        self._everybody = [cast("Resident", one) for one in self.coming]
        self._done = {"come": 0.0, "leave": 0.0, "read": 0.0}
        self._last = self.began
        self._resting = False

    def browser(self, number: int, cookie: str) -> Resident:
        """Return a browser that has not come yet."""
        return Resident(number, cookie)

    def arrive(self) -> None:
        """Let come whoever comes now, and the others live."""
        now = time.monotonic()
        room = AT_THE_DOOR - self._came + len(self.outcome.greeted)
        for _ in range(min(self._due("come", ARRIVALS, now), room, len(self.coming) - self._came)):
            self.connect(self.coming[self._came])
            self._came += 1
        if self._came == len(self.coming) and not self._resting:
            for _ in range(self._due("leave", LEAVES, now)):
                self._leave(random.choice(self._everybody))
            for _ in range(self._due("read", READS, now)):
                self._read(random.choice(self._everybody))
        self._last = now
        time.sleep(NAP)

    def hello(self, browser: Browser) -> bytes:
        """Return the first command of a connection."""
        return _ask("hello", browser)

    def take(self, browser: Browser, text: bytes) -> None:
        """Take a frame, and note at which revision the browser is now."""
        assert isinstance(browser, Resident)
        self.outcome.frames += 1
        if text.startswith(b'{"bye":') or not browser.greeted:
            super().take(browser, text)
            if browser.greeted:
                self._apply(browser, json.loads(text))
        elif b'"beat":' in text and len(text) < 100:
            super().take(browser, text)
            if int(REV.search(text)[1]) != browser.rev:  # type: ignore[index]
                self._sync(browser)
        else:
            self._apply(browser, json.loads(text))

    def finish(self) -> Lives:
        """Wait for what is under way, and return what they have lived through."""
        self._resting = True
        end = time.monotonic() + CALM
        while time.monotonic() < end:
            self.turn()
        there = [one for one in self._everybody if one.greeted]
        self.outcome.revisions = {one.number: one.rev or 0 for one in there}
        return self.outcome

    def _due(self, what: str, a_second: float, now: float) -> int:
        self._done[what] += a_second * (now - self._last)
        due = int(self._done[what])
        self._done[what] -= due
        return due

    def _leave(self, one: Resident) -> None:
        """Close a page, or vanish; come back with the same page or a new one."""
        if not one.greeted or one.socket is None:
            return
        if random.random() < 0.5:
            one.socket.send(CLOSE)
        if random.random() < 0.5:
            one.forget()
        one.attempt = 0
        self.outcome.left += 1
        self.part(one, random.uniform(*AWAY))

    def _read(self, one: Resident) -> None:
        if one.greeted and one.rev is not None and one.socket is not None:
            self.outcome.read += 1
            one.socket.send(frame(b'{"id":2,"read":{"upto":%d}}' % one.rev))

    def _apply(self, one: Resident, arrived: dict[str, Any]) -> None:
        """Follow the client rule, of which a revision alone is kept."""
        if "error" in arrived:
            self.outcome.errors.append(str(arrived["error"]))
            one.asking = False
            return
        if "id" in arrived and "inbox" in arrived:
            one.asking = False
        self.outcome.arrived += len(arrived.get("put", ()))
        rev: int = arrived["rev"]
        start = arrived.get("from", rev - any(name in arrived for name in CHANGES))
        if arrived.get("reset") or (one.rev is not None and start <= one.rev < rev):
            one.rev, one.inbox = rev, arrived.get("inbox", one.inbox)
        elif one.rev is None or start > one.rev:
            self._sync(one)

    def _sync(self, one: Resident) -> None:
        if not one.asking and one.socket is not None:
            one.asking = True
            self.outcome.syncs += 1
            one.socket.send(frame(_ask("sync", one)))


class Residents(Crowd):
    """The process with all residents, seen from outside."""

    street: ClassVar[type[Street]] = Neighbourhood


def _ask(command: str, one: Browser) -> bytes:
    assert isinstance(one, Resident)
    known = {} if one.rev is None else {"since": one.rev, "inbox": one.inbox}
    return json.dumps({"id": 1, command: known}, separators=(",", ":")).encode()
