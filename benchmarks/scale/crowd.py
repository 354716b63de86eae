"""A crowd at one server process, played browser by browser on virtual time.

Real are the admission (`wire.pace`) and the rules by which browsers come back. The process is two
stations with the measured costs: its event loop shakes hands, one browser after the other, and its
greeter answers the hellos that wait, a batch after the other. Both share the interpreter.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

from benchmarks.returning import CONNECT_TIMEOUT, HELLO_TIMEOUT
from benchmarks.scale.constants import constants
from benchmarks.scale.flow import PERIOD
from realtime_notify import clock
from realtime_notify.testing.backoff import wait
from realtime_notify.wire.pace import BATCH, Pace, Retry

BACKLOG = 64
GATHER_DELAY = 0.003
"""That of `realtime_notify.live.greeting`, which needs a database; a test holds them equal."""
SYN_RETRIES = (1.0, 3.0, 7.0)
"""Seconds after which a kernel tries again to connect, when the backlog was full."""
SEED = 11
OF_HELLO = 0.25
"""The part of a browser in a crowd that its hello takes; the rest is for its handshake. Both are
the same interpreter's, so little depends on it."""


@dataclass
class Outcome:
    """What became of a crowd."""

    greeted: list[float] = field(default_factory=list)
    """The seconds from the start until each was greeted, in order."""
    sent_away: int = 0
    batches: list[int] = field(default_factory=list)
    """How many hellos each batch answered."""
    busy: float = 0.0
    """Seconds for which the process computed."""
    postgresql: float = 0.0
    """Seconds for which PostgreSQL did."""

    def after(self, share: float) -> float:
        """Return the seconds until this share of them was greeted."""
        return self.greeted[max(0, int(share * len(self.greeted)) - 1)]


@dataclass(frozen=True)
class Prices:
    """Seconds that one process and PostgreSQL take for a crowd."""

    handshake: float
    batch: float
    """Of the process, for a batch of any size."""
    each: float
    """Of the process, for one hello of a batch."""
    batch_postgresql: float
    each_postgresql: float

    @classmethod
    def of(cls, kind: str) -> Prices:
        """Return what was measured for browsers that "return", or for a "visit"."""
        alone, crowd = constants()[f"{kind} alone"], constants()[f"{kind} in a crowd"]
        batches = crowd.statements / alone.statements  # for one browser
        server, server_each = _split(alone.server, crowd.server, batches)
        postgresql, postgresql_each = _split(alone.postgresql, crowd.postgresql, batches)
        return cls(
            handshake=server_each * (1 - OF_HELLO),
            batch=server,
            each=server_each * OF_HELLO,
            batch_postgresql=postgresql,
            each_postgresql=postgresql_each,
        )


def _split(alone: float, crowd: float, batches: float) -> tuple[float, float]:
    """Return the seconds of a batch of any size, and of one browser more in it.

    Args:
        alone: microseconds for a browser that is a batch of its own.
        crowd: microseconds for one of a crowd.
        batches: how many batches there were in the crowd for each browser.
    """
    batch = (alone - crowd) / (1 - batches)
    return batch / 1e6, max(0.0, alone - batch) / 1e6


class Process:
    """One server process, and the browsers that come to it.

    Args:
        prices: what it takes for them.
        pace: its admission, which may have learned something before.
        slowness: how many times longer PostgreSQL takes than when it has cores to spare.
    """

    def __init__(self, prices: Prices, pace: Pace | None = None, slowness: float = 1.0) -> None:
        self.outcome = Outcome()
        self.now = 0.0
        self._prices = prices
        self._pace = pace or Pace()
        self._slowness = slowness
        self._random = Random(SEED)
        self._events: list[tuple[float, int, str, int]] = []
        self._order = itertools.count()
        self._attempts: dict[int, int] = {}
        self._asked: dict[int, float] = {}  # since when a browser waits for its answer
        self._accepting: deque[int] = deque()
        self._tried: dict[int, tuple[float, int]] = {}  # when it began, and how often since
        self._waiting: deque[int] = deque()
        self._free = 0.0  # when the loop has time again
        self._greeting: list[int] = []
        self._began, self._computes_until = -PERIOD, 0.0

    def receive(self, arrivals: Iterable[float]) -> Outcome:
        """Let browsers come at these seconds, until all of them are greeted."""
        for number, moment in enumerate(arrivals):
            self._plan(moment, "connect", number)
        with clock.replaced(lambda: self.now):
            while self._events:
                self.now, _, what, number = heapq.heappop(self._events)
                getattr(self, f"_{what}")(number)
        return self.outcome

    def _plan(self, moment: float, what: str, number: int) -> None:
        heapq.heappush(self._events, (moment, next(self._order), what, number))

    def _connect(self, number: int) -> None:
        """Begin an attempt."""
        self._tried[number] = (self.now, 0)
        self._knock(number)

    def _knock(self, number: int) -> None:
        """Join those whom the loop has not accepted; later, if there are too many."""
        began, tries = self._tried[number]
        if len(self._accepting) < BACKLOG:
            self._accepting.append(number)
            self._accept()
        elif tries < len(SYN_RETRIES):
            self._tried[number] = (began, tries + 1)
            self._plan(began + SYN_RETRIES[tries], "knock", number)
        else:
            self._plan(began + CONNECT_TIMEOUT, "come_back", number)

    def _accept(self) -> None:
        """Shake hands with the first who waits, if the loop has time."""
        if not self._accepting or self.now < self._free:
            return
        number = self._accepting.popleft()
        # While a batch computes in its thread, both get every other slice of the interpreter.
        self._free = self.now + self._prices.handshake * (2 if self._is_computing else 1)
        self.outcome.busy += self._prices.handshake
        self._plan(self._free, "hello", number)

    def _hello(self, number: int) -> None:
        """Take a hello, and shake hands with the next one."""
        self._accept()
        if self.now - self._tried[number][0] > CONNECT_TIMEOUT:
            self._come_back(number)
            return
        if not self._pace.has_room(len(self._waiting)):
            self.outcome.sent_away += 1
            self._come_back(number, self._pace.turn(len(self._waiting)))
            return
        self._asked[number] = self.now
        self._waiting.append(number)
        if len(self._waiting) == 1 and not self._greeting:
            self._plan(max(self.now + GATHER_DELAY, self._began + PERIOD), "greet", number)

    def _greet(self, number: int) -> None:
        """Begin to answer those who wait."""
        if self._greeting or not self._waiting:
            return
        size = min(BATCH, len(self._waiting))
        self._greeting = [self._waiting.popleft() for _ in range(size)]
        prices = self._prices
        computed = prices.batch + size * prices.each
        asked = prices.batch_postgresql + size * prices.each_postgresql
        self.outcome.busy += computed
        self.outcome.postgresql += asked
        self.outcome.batches.append(size)
        self._began = self.now
        self._computes_until = self.now + computed * (2 if self._accepting else 1)
        self._plan(self._computes_until + asked * self._slowness, "answered", number)

    def _answered(self, number: int) -> None:
        """Answer a batch, and begin the next one."""
        batch, self._greeting = self._greeting, []
        for one in batch:
            if self.now - self._asked[one] > HELLO_TIMEOUT:
                self._come_back(one)
            else:
                self.outcome.greeted.append(self.now)
        self._pace.measure(len(batch), self.now - self._began)
        if len(self._waiting) >= BATCH:
            self._greet(number)
        elif self._waiting:
            self._plan(max(self.now, self._began + PERIOD), "greet", number)

    def _come_back(self, number: int, retry: Retry | None = None) -> None:
        """Try again when the client's rules say."""
        attempt = self._attempts[number] = self._attempts.get(number, -1) + 1
        self._plan(self.now + wait(attempt, self._random.random(), retry), "connect", number)

    @property
    def _is_computing(self) -> bool:
        return bool(self._greeting) and self.now < self._computes_until


def spread(count: float, over: Retry) -> list[float]:
    """Return when so many come who were told to come between two moments."""
    random = Random(SEED)
    return sorted(random.uniform(*over) for _ in range(round(count)))
