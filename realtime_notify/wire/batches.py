"""Messages that arrive together are handed on together.

A frame costs the same whether it brings one event or four, so events that come close together
should share frames. One that comes alone should not wait for others that never come.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

Message = dict[str, Any]

GATHER_DELAY = 0.002
"""Seconds for which messages gather while they come close together. No person notices them."""
QUIET_TURNS = 4
"""Turns of the loop without another message after which one has come alone. What has reached the
process already, a channel layer hands on within them."""
MAX_TOGETHER = 16
"""Messages that are handed on in one turn of the loop."""


class Batches:
    """Collects messages for a moment: while they come close together, for `GATHER_DELAY`.

    Args:
        on_message: called with each message, in their order; must not raise.
        together: a context in which it is called for several.
    """

    def __init__(
        self,
        on_message: Callable[[Message], None],
        together: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._on_message = on_message
        self._together = together
        self._loop = asyncio.get_running_loop()
        self._messages: list[Message] = []
        self._quiet_turns = 0
        self._is_busy = False  # the last batch had several messages

    def add(self, message: Message) -> None:
        """Hand a message on in a moment."""
        self._messages.append(message)
        self._quiet_turns = 0
        if len(self._messages) > 1:
            return  # comes with the first
        if self._is_busy:
            self._loop.call_later(GATHER_DELAY, self._hand_on)
        else:
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._quiet_turns += 1
        if self._quiet_turns <= QUIET_TURNS and len(self._messages) < MAX_TOGETHER:
            self._loop.call_soon(self._turn)
        else:
            self._hand_on()

    def _hand_on(self) -> None:
        batch, self._messages = self._messages[:MAX_TOGETHER], self._messages[MAX_TOGETHER:]
        self._is_busy = len(batch) > 1
        more = bool(self._messages)
        with self._together() if len(batch) > 1 else nullcontext():
            for message in batch:
                self._on_message(message)
        if more:
            self._loop.call_soon(self._hand_on)
