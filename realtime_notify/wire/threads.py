"""Threads for what blocks: the database.

Channels runs such calls in one thread shared by the whole process, where one slow query keeps
everybody waiting. Here commands have a few threads of their own, and so have the hub's chores, so
that a slow command never delays the heal query.
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

Pool = Literal["commands", "chores"]
P = ParamSpec("P")
R = TypeVar("R")

CHORE_THREADS = 3  # heal, sweep, session checks: none waits for another


async def in_thread(pool: Pool, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a blocking call in a thread, with database connections as fresh as a request's."""
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
    size = settings.DATABASE_THREADS if pool == "commands" else CHORE_THREADS
    return ThreadPoolExecutor(size, thread_name_prefix=f"realtime-notify-{pool}")


# A child process has none of its parent's threads.
os.register_at_fork(after_in_child=_executor.cache_clear)
