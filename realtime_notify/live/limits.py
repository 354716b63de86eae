"""Limits of one conversation: the frames it may send, and the bytes it may ask for."""

from __future__ import annotations

from realtime_notify import budgets
from realtime_notify.buckets import Bucket
from realtime_notify.conf import settings
from realtime_notify.wire.counters import counters
from realtime_notify.wire.protocol import ErrorCode, ProtocolError

RETRY_TOO_FAST = (5.0, 30.0)
"""When a client may come back that was closed for sending too fast, in seconds."""

LONGEST_WAIT = 5.0
"""Seconds of waiting that a user's frames may pile up; who sends on then is sent away."""


class TooFast(Exception):
    """A client goes on sending frames long after it was told to stop: close it."""


class Allowance:
    """What one client may still send, and ask for.

    Frames are counted for the connection. Once it is known whose it is, frames and bytes are also
    counted for the user, over all connections: see `realtime_notify.budgets`.
    """

    __slots__ = ("_frames", "_user")

    def __init__(self) -> None:
        self._frames = Bucket(settings.FRAME_BURST)
        self._user: str | None = None

    def belongs_to(self, user: str) -> None:
        """Charge this user as well from now on."""
        self._user = user

    def charge_frame(self) -> float | None:
        """Count a frame, before it is parsed.

        Returns:
            None if it may be taken; otherwise the seconds after which the client may send again.
            Answer it by `too_many_frames`, so that the error carries the id of its command.

        Raises:
            TooFast: the client has been told to wait, and goes on sending all the same.
        """
        burst, rate = settings.FRAME_BURST, settings.FRAME_RATE
        left = self._frames.take(1, size=burst, rate=rate)
        wait = 0.0 if self._user is None else budgets.charge_frame(self._user)
        if left >= 0 and not wait:
            return None
        counters.limited["FRAMES_PER_MINUTE" if left >= 0 else "FRAME_RATE"] += 1
        if left < -burst or wait > LONGEST_WAIT:
            raise TooFast
        return max(wait, (1 - left) / rate) if rate else wait

    def give_back(self) -> None:
        """Take back the charge of a frame that answered a heartbeat."""
        self._frames.take(-1, size=settings.FRAME_BURST, rate=settings.FRAME_RATE)
        if self._user is not None:
            budgets.charge_frame(self._user, -1)

    def require_bytes(self) -> None:
        """Check that the user may ask for more, before a command is carried out.

        Raises:
            ProtocolError: the user was answered with too many bytes lately.
        """
        budgets.require_bytes(self._user)

    def charge_bytes(self, size: int) -> None:
        """Count the answer to a command: its size in characters."""
        budgets.charge_bytes(self._user, size)


def too_many_frames(id: int | None, wait: float) -> ProtocolError:
    """Return the error that answers a command above the rate.

    Args:
        id: of the command.
        wait: the seconds after which the client may send again; 0 if it never may.
    """
    message = "Too many frames. Slow down."
    retry = budgets.tenths(wait) if wait else None
    return ProtocolError(ErrorCode.RATE_LIMITED, message, id=id, temporary=True, retry=retry)
