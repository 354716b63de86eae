"""Threads for calls that block: those of the database.

Channels runs such calls in one thread that the whole process shares, so one slow query makes
everybody wait (https://github.com/django/channels/issues/2132). Here each kind of work has threads
of its own, a *lane*: however slow one lane is, it delays no other.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from contextvars import copy_context
from functools import cache, partial
from typing import Literal, ParamSpec, TypeVar

from realtime_notify.conf import settings
from realtime_notify.wire.lanes import DatabaseSilent, Lane

__all__ = ["DatabaseSilent", "LaneName", "finish", "in_thread"]

LaneName = Literal["heal", "hello", "commands", "chores", "monitoring"]
P = ParamSpec("P")
R = TypeVar("R")

# Deadlines are in seconds. A client gives up after 10: half for the turn, half for the answer.
HEAL_THREADS, HEAL_DEADLINE = 1, 5.0
HELLO_THREADS, HELLO_DEADLINE = 2, 5.0
COMMANDS_DEADLINE = 5.0
CHORES_THREADS, CHORES_DEADLINE = 3, 30.0  # sweep, broadcasts, session checks
MONITORING_THREADS, MONITORING_DEADLINE = 1, 2.0
SWITCH_INTERVAL = 0.0005
"""Seconds after which a thread that computes lets the event loop go on. The loop gives up the
interpreter with every call of a socket, and by Python's own interval it would wait 5 ms for it each
time: while a thread reads the inboxes of a crowd, 200 calls a second."""
LAST_WORK = 2.0  # seconds for what still runs when the process ends


async def in_thread(lane: LaneName, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a blocking call in a thread, and close database connections as a request does.

    A call whose asker is cancelled before its turn does not begin.

    Args:
        lane: "heal" for the heal query; "hello" for whatever a greeting needs; "commands" for what
            a client asked for; "chores" for what the hub does by itself; "monitoring" for what
            those who run the site ask for.
        call: the function, called with the rest of the arguments.

    Raises:
        DatabaseSilent: the call did not end by the deadline of its lane. It has been logged.
    """
    run = partial(copy_context().run, partial(call, *args, **kwargs))
    return await lanes()[lane].run(run, _name(call))


def _name(call: Callable[..., object]) -> str:
    function = call.func if isinstance(call, partial) else call
    name = getattr(function, "__qualname__", None)
    return f"{function.__module__}.{name}" if name else repr(function)


@cache
def lanes() -> dict[LaneName, Lane]:
    """Return the lanes of this process."""
    sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_INTERVAL))
    return {
        "heal": Lane("heal", HEAL_THREADS, HEAL_DEADLINE),
        "hello": Lane("hello", HELLO_THREADS, HELLO_DEADLINE),
        "commands": Lane("commands", settings.DATABASE_THREADS, COMMANDS_DEADLINE),
        "chores": Lane("chores", CHORES_THREADS, CHORES_DEADLINE),
        "monitoring": Lane("monitoring", MONITORING_THREADS, MONITORING_DEADLINE),
    }


def finish(timeout: float = LAST_WORK) -> None:
    """Wait for the calls that run now, but not for those that were given up.

    The process does so when it ends.

    Args:
        timeout: the seconds for which to wait for each lane at most.
    """
    if lanes.cache_info().currsize:
        for lane in lanes().values():
            lane.finish(timeout)


atexit.register(finish)
# A forked process has none of its parent's threads.
os.register_at_fork(after_in_child=lanes.cache_clear)
