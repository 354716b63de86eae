"""Greeting: the hellos that wait are answered together, so a crowd costs as few queries as one.

Whoever cannot be greeted before their browser gives up is sent away at once, with a time at which
there will be room (`wire.pace`). Nothing is done for a browser that has gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from itertools import islice
from typing import TypeVar
from weakref import WeakKeyDictionary

from django.db import InterfaceError, OperationalError

from realtime_notify import inbox
from realtime_notify.clock import monotonic
from realtime_notify.conf import settings
from realtime_notify.credentials import Identity
from realtime_notify.journal import Throttled
from realtime_notify.live import backend
from realtime_notify.live.hello import Hello, internal
from realtime_notify.wire import encoding
from realtime_notify.wire.counters import counters
from realtime_notify.wire.hub import Hub, running_hub
from realtime_notify.wire.pace import BATCH, Retry
from realtime_notify.wire.protocol import Close
from realtime_notify.wire.threads import DatabaseSilent, in_thread
from realtime_notify.wire.vocabulary import Frame

logger = logging.getLogger(__name__)

GATHER_DELAY = 0.003
"""Seconds for which an idle greeter gathers hellos. No person notices them."""
PERIOD = 0.025
"""Seconds from the beginning of one batch to that of the next, unless that is full. A batch costs
little more than one hello, so on a busy process those who come meanwhile are better served
together: its cost grows with time then, not with browsers."""
RETRY_WHEN_FULL = (30.0, 120.0)  # seconds; other connections have to close first

T = TypeVar("T")
R = TypeVar("R")
Greeting = tuple[list[str], Frame, str]
"""The keys that a user is subscribed to; the answer to hello, and the same encoded."""


def running_greeter() -> Greeter:
    """Return the greeter of the running loop."""
    loop = asyncio.get_running_loop()
    greeter = _greeters.get(loop)
    if greeter is None:
        greeter = _greeters[loop] = Greeter()
    return greeter


class Greeter:
    """Answers the hellos of one event loop, a batch after the other."""

    def __init__(self) -> None:
        self._waiting: dict[Hello, None] = {}  # in order
        self._working: asyncio.Task[None] | None = None
        self._began = -PERIOD  # the newest batch
        self._failures = Throttled(logger, "Could not greet %d browsers; they may try again.")

    def full(self) -> Retry | None:
        """Return when one more client should come back, or None if it can be greeted in time."""
        pace, waiting = _hub().pace, len(self._waiting)
        return None if pace.has_room(waiting) else pace.turn(waiting)

    async def greet(self, hello: Hello) -> None:
        """Answer a hello in its turn, or send its client away. Cancelled when the client goes."""
        if retry := self.full():
            hello.send_away(Close.DRAINING, "too many at once", retry)
            return
        self._waiting[hello] = None
        counters.waiting_hellos += 1
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        try:
            await hello.answered
        finally:
            self._waiting.pop(hello, None)
            counters.waiting_hellos -= 1

    async def _work(self) -> None:
        """Answer all that wait. The task ends when nobody does."""
        try:
            await asyncio.sleep(max(GATHER_DELAY, self._began + PERIOD - monotonic()))
            while batch := list(islice(self._waiting, BATCH)):
                for hello in batch:
                    del self._waiting[hello]
                self._began = monotonic()
                answered = await self._answer(batch)
                took = monotonic() - self._began
                _hub().pace.measure(answered, took)
                if 0 < len(self._waiting) < BATCH:
                    await asyncio.sleep(max(0.0, PERIOD - took))
        finally:
            self._working = None

    async def _answer(self, batch: list[Hello]) -> int:
        """Answer a batch, and return how many hellos were in it; 0 if the database has failed.

        Then everybody in it hears so, and may try again.
        """
        try:
            strangers = [hello for hello in batch if hello.user is None]
            for hello, who in await self._ask(_identify, strangers):
                self._admit(hello, who)
            known = [hello for hello in batch if hello.is_awaited and hello.begin()]
            # All in one turn of the loop, some 20 ms. In a crowd turns are long, and a batch that
            # took several would make the line behind it longer.
            for hello, (keys, frame, text) in await self._ask(_read, known):
                _hub().set_keys(hello.connection.user, keys)
                hello.reply(frame, text)
        except Exception as error:
            if not isinstance(error, DatabaseSilent):  # has been logged
                self._failures.exception(len(batch))
            for hello in batch:
                self._fail(hello)
            return 0
        return len(batch)

    async def _ask(
        self, call: Callable[[Sequence[Hello]], Sequence[R]], batch: Sequence[Hello]
    ) -> list[tuple[Hello, R]]:
        """Call with a batch in a thread.

        Returns:
            Those who are still there, each with what the call has returned for them.
        """
        answers = await in_thread("hello", _together, call, batch) if batch else []
        errors = [answer for answer in answers if isinstance(answer, Exception)]
        if errors:
            logger.error(
                "%d of %d hellos failed; answering them with an error.",
                *(len(errors), len(batch)),
                exc_info=errors[0],
            )
        answered = []
        for hello, answer in zip(batch, answers, strict=True):
            if isinstance(answer, Exception):
                self._fail(hello)
            elif hello.is_awaited:
                answered.append((hello, answer))
        return answered

    def _admit(self, hello: Hello, who: Identity | Close) -> None:
        """Let a client in, or send it away. Its pushes are kept from here on."""
        if who is Close.DRAINING:
            self._fail(hello)
        elif who is Close.CREDENTIALS_EXPIRED:
            hello.send_away(who, "come back with fresh credentials")
        elif isinstance(who, Close):
            hello.send_away(who, "sign in first")
        elif len(_hub().connections(str(who.pk))) >= settings.MAX_CONNECTIONS_PER_USER:
            hello.send_away(Close.TOO_MANY_CONNECTIONS, "too many connections", RETRY_WHEN_FULL)
        else:
            hello.admit(who)
            _hub().add(hello.connection)

    def _fail(self, hello: Hello) -> None:
        """Tell a client, if it is still there, that its hello has failed and another may not."""
        if not hello.is_awaited:
            return
        if hello.user is None:
            hello.send_away(Close.DRAINING, "not available", _hub().pace.turn(len(self._waiting)))
        else:
            hello.reject(internal(hello.command.id))


_greeters: WeakKeyDictionary[asyncio.AbstractEventLoop, Greeter] = WeakKeyDictionary()


def _hub() -> Hub:
    return running_hub(backend.backend)


# --- in a thread ---


def _together(
    call: Callable[[Sequence[T]], Sequence[R]], batch: Sequence[T]
) -> list[R | Exception]:
    """Call with a whole batch. If one of it makes the call fail, call with each alone.

    Returns:
        For each of the batch what the call has returned or raised.
    """
    try:
        return list[R | Exception](call(batch))
    except (OperationalError, InterfaceError):  # the database's fault, and nobody's in the batch
        raise
    except Exception as error:
        if len(batch) == 1:
            return [error]
    return [_alone(call, one) for one in batch]


def _alone(call: Callable[[Sequence[T]], Sequence[R]], one: T) -> R | Exception:
    try:
        [answer] = call([one])
    except Exception as error:
        return error
    return answer


def _identify(hellos: Sequence[Hello]) -> list[Identity | Close]:
    return backend.identify([hello.shown for hello in hellos])


def _read(hellos: Sequence[Hello]) -> list[Greeting]:
    """Read what answers these hellos, and encode it here, where no other client waits."""
    asks = [
        inbox.Ask(
            hello.user,
            hello.command.args.get("since"),
            hello.command.args.get("inbox"),
            hello.connection.language,
        )
        for hello in hellos
    ]
    ping = settings.PING_INTERVAL
    greetings = []
    for hello, (keys, state) in zip(hellos, backend.greetings(asks), strict=True):
        frame: Frame = {**state, "ping": int(ping) if ping == int(ping) else ping}
        if hello.command.id is not None:
            frame["id"] = hello.command.id
        greetings.append((keys, frame, encoding.encode(frame)))
    return greetings
