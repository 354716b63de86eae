"""The send window: how much a reader may leave unacknowledged.

No server tells reliably how fast a reader reads: Daphne's send never waits, uvicorn's waits for
ever. So the reader is pinged. Everything sent counts against the window until the reader answers a
ping that was sent after it. At half the window it is time for a ping; at the full window, to hold
pushes back.

Each ping carries a beat that cannot be guessed, and only its answer counts. A reader that answers
what it has not read would otherwise be sent more and more.
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
    included. Frames arrive in order, so the answer to a later ping answers those before it, too.

    Args:
        max_frames: frames that may be unacknowledged.
        max_size: characters that may be.
    """

    __slots__ = (
        "_answers_to_come",
        "_beats",
        "_covered_frames",
        "_covered_size",
        "_frames",
        "_max_frames",
        "_max_size",
        "_size",
    )

    def __init__(self, max_frames: int, max_size: int) -> None:
        self._max_frames = max_frames
        self._max_size = max_size
        self._frames = self._size = 0
        # Of the unanswered pings. A tuple, because nearly all readers have answered: empty tuples
        # are one object, and cost an idle connection nothing.
        self._beats: tuple[str, ...] = ()
        self._answers_to_come = 0  # up to that of the awaited ping; 0 when none is awaited
        self._covered_frames = self._covered_size = 0  # what that answer releases

    def sent(self, size: int) -> Advice:
        """Count a frame of `size` characters."""
        self._frames = frames = self._frames + 1
        self._size = total = self._size + size
        if 2 * frames < self._max_frames and 2 * total < self._max_size:
            return _SEND
        return self.advice

    def pinged(self, size: int, beat: str) -> Advice:
        """Count a ping; its answer is awaited unless another's is.

        Args:
            size: of its frame, in characters.
            beat: what its answer will carry.
        """
        self._beats += (beat,)
        self._frames += 1
        self._size += size
        if not self._answers_to_come:
            self._answers_to_come = len(self._beats)
            self._covered_frames, self._covered_size = self._frames, self._size
        return self.advice

    def acknowledged(self, beat: str | None) -> bool:
        """Take the answer to a ping and all before it; False if no unanswered ping has `beat`."""
        if beat not in self._beats:
            return False
        answered = self._beats.index(beat) + 1
        self._beats = self._beats[answered:]
        if self._answers_to_come:
            self._answers_to_come = max(0, self._answers_to_come - answered)
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
