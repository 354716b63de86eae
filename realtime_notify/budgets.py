"""What one user may ask of one process in a minute, over the socket and HTTP together.

A budget is kept in the memory of the process: it costs no query, and needs no cache. A user of
several processes has a budget in each.
"""

from __future__ import annotations

from math import ceil
from typing import Any

from realtime_notify.buckets import Buckets
from realtime_notify.conf import settings
from realtime_notify.wire.counters import counters
from realtime_notify.wire.protocol import ErrorCode, ProtocolError


def charge_frame(user: Any, frames: int = 1) -> float:
    """Count a frame of one of a user's connections.

    Args:
        user: the user's primary key.
        frames: how many; -1 gives one back.

    Returns:
        The seconds after which the user may send again; 0 if there is no need to wait.
    """
    return _frames.take(str(user), frames, a_minute=settings.FRAMES_PER_MINUTE)


def require_bytes(user: Any) -> None:
    """Check that a user may ask for more, before a command is carried out.

    Args:
        user: the user's primary key.

    Raises:
        ProtocolError: the user was answered with too many bytes lately.
    """
    wait = _bytes.take(str(user), 0, a_minute=settings.ANSWER_BYTES_PER_MINUTE)
    if wait:
        raise _exceeded("ANSWER_BYTES_PER_MINUTE", "Your answers have too many bytes.", wait)


def charge_bytes(user: Any, size: int) -> None:
    """Count the answer to a command, whose size is known only now.

    Args:
        user: the user's primary key.
        size: bytes, or characters of an answer that is not encoded yet.
    """
    _bytes.take(str(user), size, a_minute=settings.ANSWER_BYTES_PER_MINUTE)


def charge_request(user: Any) -> None:
    """Count a request of the HTTP API.

    Args:
        user: the user's primary key.

    Raises:
        ProtocolError: the user has sent too many requests lately.
    """
    most = settings.REQUESTS_PER_MINUTE
    wait = _requests.take(str(user), 1, a_minute=most)
    if wait:
        _requests.take(str(user), -1, a_minute=most)  # a request that is refused costs nothing
        raise _exceeded("REQUESTS_PER_MINUTE", "Too many requests.", wait)


def forget() -> None:
    """Fill everybody's budgets: for tests, in which one primary key is many people."""
    for budget in (_frames, _bytes, _requests):
        budget.clear()


def tenths(seconds: float) -> float:
    """Return seconds, rounded up to a tenth: as `retry` tells them."""
    return ceil(10 * seconds) / 10


def _exceeded(setting: str, message: str, wait: float) -> ProtocolError:
    counters.limited[setting] += 1
    return ProtocolError(
        ErrorCode.RATE_LIMITED, f"{message} Slow down.", temporary=True, retry=tenths(wait)
    )


_frames = Buckets()
_bytes = Buckets()
_requests = Buckets()
