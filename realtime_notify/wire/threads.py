"""Threads for calls that block: those of the database.

Channels runs such calls in one thread that the whole process shares, so one slow query makes
everybody wait (https://github.com/django/channels/issues/2132). Here commands have a few threads of
their own, and so have the hub's tasks: a slow command never delays the heal query.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache, partial
from typing import Any, Literal, ParamSpec, TypeVar

from django.db import close_old_connections

from realtime_notify.conf import settings

Pool = Literal["commands", "hub"]
P = ParamSpec("P")
R = TypeVar("R")

HUB_THREADS = 4  # heal query, sweep, session check, broadcasts: none waits for another


async def in_thread(pool: Pool, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a blocking call in a thread, and close database connections as a request does.

    Args:
        pool: "commands" for what a client asked for, "hub" for what the hub does by itself.
        call: the function, called with the rest of the arguments.
    """
    run = partial(copy_context().run, _with_connections, call, args, kwargs)
    return await asyncio.get_running_loop().run_in_executor(_executor(pool), run)


def _with_connections(call: Callable[..., R], args: Any, kwargs: Any) -> R:
    close_old_connections()
    try:
        return call(*args, **kwargs)
    finally:
        close_old_connections()


@cache
def _executor(pool: Pool) -> ThreadPoolExecutor:
    size = settings.DATABASE_THREADS if pool == "commands" else HUB_THREADS
    return ThreadPoolExecutor(size, thread_name_prefix=f"realtime-notify-{pool}")


# A forked process has none of its parent's threads.
os.register_at_fork(after_in_child=_executor.cache_clear)
