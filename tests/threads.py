"""Calls from several threads at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

R = TypeVar("R")


def at_once(call: Callable[[int], R], threads: int = 4) -> list[R]:
    """Call a function in several threads that begin together, and return what it returned.

    Args:
        call: called in each thread with the number of the thread.
        threads: how many.

    Raises:
        Exception: what a call raised.
    """
    together = threading.Barrier(threads)

    def run(number: int) -> R:
        try:
            together.wait(10)
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))
