"""A timer shared by many members: each is called once in every round, spread evenly over it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Generic, TypeVar

T = TypeVar("T")

SLOTS = 25


class TimerWheel(Generic[T]):
    """One ticking task instead of a timer for each connection.

    Args:
        interval: seconds that a round takes; 0 for never.
        callback: called with the members that are due; must not raise.
    """

    def __init__(self, interval: float, callback: Callable[[Collection[T]], None]) -> None:
        self._tick = interval / SLOTS
        self._callback = callback
        self._slots: list[set[T]] = [set() for _ in range(SLOTS)]
        self._slot_of: dict[T, int] = {}
        self._current = 0

    def __len__(self) -> int:
        return len(self._slot_of)

    def add(self, member: T) -> None:
        """Call back for a member once a round, first a whole round from now."""
        self._slot_of[member] = self._current
        self._slots[self._current].add(member)

    def discard(self, member: T) -> None:
        """Call back for a member no longer."""
        slot = self._slot_of.pop(member, None)
        if slot is not None:
            self._slots[slot].discard(member)

    async def run(self) -> None:
        """Turn for ever; not at all if the interval is 0."""
        while self._tick:
            await asyncio.sleep(self._tick)
            self._current = (self._current + 1) % SLOTS
            if members := tuple(self._slots[self._current]):
                self._callback(members)
