"""What `asyncio` offers for a queue and an event, in a fraction of the memory.

An `asyncio.Queue` holds four deques of 760 bytes, and an `asyncio.Event` one: nearly 4 KB for a
socket that waits. A list that is empty has 56 bytes.
"""

from __future__ import annotations

import asyncio
from typing import Any


class _Awaited:
    """Something that coroutines wait for."""

    __slots__ = ("_waiters",)

    def __init__(self) -> None:
        self._waiters: tuple[asyncio.Future[None], ...] = ()

    def _change(self) -> asyncio.Future[None]:
        """Return what ends with the next call of `_wake`. Others who wait may come first."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters += (waiter,)
        return waiter

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, ()
        for waiter in waiters:
            if not waiter.done():  # it may have been cancelled
                waiter.set_result(None)


class SlimQueue(_Awaited):
    """The part of `asyncio.Queue` that servers use: it has no limit."""

    __slots__ = ("_items",)

    def __init__(self) -> None:
        super().__init__()
        self._items: list[Any] = []

    def put_nowait(self, item: Any) -> None:
        """Append an item."""
        self._items.append(item)
        self._wake()

    async def get(self) -> Any:
        """Return the oldest item, when there is one."""
        while not self._items:
            await self._change()
        return self._items.pop(0)

    def empty(self) -> bool:
        """Return whether there is no item."""
        return not self._items


class SlimEvent(_Awaited):
    """The part of `asyncio.Event` that servers use."""

    __slots__ = ("_set",)

    def __init__(self) -> None:
        super().__init__()
        self._set = False

    def is_set(self) -> bool:
        """Return whether waiting is over."""
        return self._set

    def set(self) -> None:
        """End all waiting."""
        self._set = True
        self._wake()

    def clear(self) -> None:
        """Have those wait who come from now on."""
        self._set = False

    async def wait(self) -> bool:
        """Wait until it is set."""
        while not self._set:
            await self._change()
        return True
