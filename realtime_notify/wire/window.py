"""The send window: how much a reader may leave unacknowledged.

No server tells reliably how fast a reader reads: Daphne's send never waits, uvicorn's waits for
ever. So the reader is pinged. Everything sent counts against the window until the reader answers a
ping that was sent after it. At half the window it is time for a ping; at the full window, to hold
pushes back.
"""

from __future__ import annotations

from enum import Enum


class Advice(Enum):
    """What to do after something was sent or acknowledged."""

    SEND = "send"
    """Send on."""
    PING = "ping"
    """Send a ping: half the window is used, and no answer is awaited."""
    HOLD = "hold"
    """Send nothing more that can be dropped: the window is full."""


class SendWindow:
    """Counts what one reader was sent and has not acknowledged.

    One ping at a time is awaited: its answer releases all that was sent up to it, the ping
    included.

    Args:
        max_frames: frames that may be unacknowledged.
        max_size: characters that may be.
    """

    __slots__ = (
        "_answers_to_come",
        "_covered_frames",
        "_covered_size",
        "_frames",
        "_max_frames",
        "_max_size",
        "_size",
        "_unanswered",
    )

    def __init__(self, max_frames: int, max_size: int) -> None:
        self._max_frames = max_frames
        self._max_size = max_size
        self._frames = self._size = 0
        self._unanswered = 0  # pings
        self._answers_to_come = 0  # up to that of the awaited ping; 0 when none is awaited
        self._covered_frames = self._covered_size = 0  # what that answer releases

    def sent(self, size: int) -> Advice:
        """Count a frame of `size` characters."""
        self._frames = frames = self._frames + 1
        self._size = total = self._size + size
        if 2 * frames < self._max_frames and 2 * total < self._max_size:
            return _SEND
        return self.advice

    def pinged(self, size: int) -> Advice:
        """Count a ping of `size` characters; its answer is awaited unless another's is."""
        self._unanswered += 1
        self._frames += 1
        self._size += size
        if not self._answers_to_come:
            self._answers_to_come = self._unanswered
            self._covered_frames, self._covered_size = self._frames, self._size
        return self.advice

    def acknowledged(self) -> bool:
        """Take the answer to the oldest unanswered ping; False if none is unanswered."""
        if not self._unanswered:
            return False
        self._unanswered -= 1
        if self._answers_to_come:
            self._answers_to_come -= 1
            if not self._answers_to_come:
                self._frames -= self._covered_frames
                self._size -= self._covered_size
        return True

    @property
    def awaits_answer(self) -> bool:
        """Whether an answer is to come that releases something."""
        return self._answers_to_come > 0

    @property
    def advice(self) -> Advice:
        """What to do as things stand."""
        if self._frames >= self._max_frames or self._size >= self._max_size:
            return _HOLD
        if self._answers_to_come:
            return _SEND
        if 2 * self._frames < self._max_frames and 2 * self._size < self._max_size:
            return _SEND
        return _PING


_SEND, _PING, _HOLD = Advice  # globals: each push looks one up
