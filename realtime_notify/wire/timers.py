"""A timer shared by many: each gets its turn once in every round, spread evenly over it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Generic, TypeVar

T = TypeVar("T")

SLOTS = 25


class Wheel(Generic[T]):
    """One ticking task instead of a timer for each connection."""

    def __init__(self, interval: float, turn: Callable[[Collection[T]], None]) -> None:
        self._tick = interval / SLOTS
        self._turn = turn
        self._slots: list[set[T]] = [set() for _ in range(SLOTS)]
        self._slot_of: dict[T, int] = {}
        self._now = 0

    def add(self, member: T) -> None:
        """Give a member its turns, the first a whole round from now."""
        self._slot_of[member] = self._now
        self._slots[self._now].add(member)

    def discard(self, member: T) -> None:
        """End a member's turns."""
        slot = self._slot_of.pop(member, None)
        if slot is not None:
            self._slots[slot].discard(member)

    async def run(self) -> None:
        """Turn for ever; not at all when the interval is 0."""
        while self._tick:
            await asyncio.sleep(self._tick)
            self._now = (self._now + 1) % SLOTS
            if members := tuple(self._slots[self._now]):
                self._turn(members)
