"""The clock by which this process measures how long something takes, and how long ago it was.

It is the machine's. The simulator puts its own in the place, which runs as fast as it is read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def monotonic() -> float:
    """Return seconds since some moment; they never run backwards."""
    return _read()


@contextmanager
def replaced(read: Callable[[], float]) -> Iterator[None]:
    """Go by another clock inside the block.

    Args:
        read: returns its seconds.
    """
    global _read
    before, _read = _read, read
    try:
        yield
    finally:
        _read = before


_read: Callable[[], float] = time.monotonic
