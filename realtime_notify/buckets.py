"""Token buckets: how limits that are so much a minute are kept."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock

from realtime_notify.clock import monotonic

MINUTE = 60.0


class Bucket:
    """Holds up to `size` tokens and gains some each second. It can be in debt.

    Args:
        size: the tokens it holds when it is full, as it is at first.
    """

    __slots__ = ("_at", "_tokens")

    def __init__(self, size: float) -> None:
        self._tokens = size
        self._at = monotonic()

    def take(self, tokens: float, *, size: float, rate: float) -> float:
        """Take tokens, whether it has them or not.

        Args:
            tokens: how many; negative to give some back.
            size: the most that it holds.
            rate: how many it gains in a second.

        Returns:
            What is left; below 0 it is in debt.
        """
        now = monotonic()
        self._tokens = min(self._tokens + (now - self._at) * rate, size) - tokens
        self._at = now
        return self._tokens


class Buckets:
    """A bucket for each key, of so much a minute. Any thread may take from them.

    Nobody can make it grow without bound: a bucket that is full again is forgotten.
    """

    ROOM = 1000
    """How many buckets may be there before those that are full are looked for."""

    def __init__(self) -> None:
        self._buckets: dict[Hashable, Bucket] = {}
        self._lock = Lock()
        self._room = self.ROOM

    def __len__(self) -> int:
        return len(self._buckets)

    def clear(self) -> None:
        """Fill every bucket."""
        with self._lock:
            self._buckets.clear()

    def take(self, key: Hashable, tokens: float, *, a_minute: float) -> float:
        """Take tokens from the bucket of a key, whether it has them or not.

        Args:
            key: whose bucket.
            tokens: how many; 0 to ask only, negative to give some back.
            a_minute: how many a full bucket holds, and gains in a minute. 0: no limit.

        Returns:
            The seconds after which the bucket is out of debt; 0 if it is not in debt.
        """
        if not a_minute:
            return 0.0
        rate = a_minute / MINUTE
        with self._lock:
            bucket = self._buckets.get(key)
            if bucket is None:
                if not tokens:
                    return 0.0
                self._make_room(a_minute)
                bucket = self._buckets[key] = Bucket(a_minute)
            left = bucket.take(tokens, size=a_minute, rate=rate)
        return max(0.0, -left / rate)

    def _make_room(self, a_minute: float) -> None:
        if len(self._buckets) < self._room:
            return
        rate = a_minute / MINUTE
        self._buckets = {
            key: bucket
            for key, bucket in self._buckets.items()
            if bucket.take(0, size=a_minute, rate=rate) < a_minute
        }
        self._room = max(self.ROOM, 2 * len(self._buckets))
