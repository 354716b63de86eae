"""The hub's ear: one layer channel per process, and the groups it is joined to.

Joining happens in the background, so a dead channel layer keeps nobody waiting. The ear sends
itself a probe through a group of its own again and again: neither Redis layer says that it has
become deaf, as both do when Redis restarts.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from channels.layers import InMemoryChannelLayer

from realtime_notify.conf import settings

logger = logging.getLogger(__name__)

Message = dict[str, Any]

CALL_TIMEOUT = 3.0
RETRY_DELAY = 1.0
REJOIN_INTERVAL = 3600.0  # the core Redis layer forgets its groups after a day
TURN = 0.005  # seconds of hearing before others get their turn on the loop


class Ear:
    """Hears one channel layer for one event loop.

    Args:
        layer: the channel layer, or None: then nothing is ever heard.
        hear: called with each message; must not raise.
        joined: called after groups were joined, and told whether that was all of them anew: what
            they carried before was not heard.
    """

    def __init__(
        self, layer: Any, hear: Callable[[Message], None], joined: Callable[[bool], None]
    ) -> None:
        self._layer: Any = layer if "groups" in getattr(layer, "extensions", ()) else None
        self._hear = hear
        self._on_joined = joined
        self._channel: str | None = None
        self._own_group = f"rn.hub.{uuid.uuid4().hex}"
        self._wanted: Counter[str] = Counter()
        self._joined: set[str] = set()
        self._anew = False
        self._pending: dict[str, None] = {}
        self._work = asyncio.Event()
        self._echo = asyncio.Event()
        self._probed: str | None = None  # the channel whose echo was asked for
        self._failures = 0
        self._opening = asyncio.Lock()
        self._listening: asyncio.Task[None] | None = None

    @property
    def hears_others(self) -> bool:
        """Whether messages of other processes arrive, as far as is known."""
        alone = self._layer is None or isinstance(self._layer, InMemoryChannelLayer)
        return not alone and self._failures == 0

    def want(self, groups: Iterable[str]) -> None:
        """Count one more listener for each of these groups; join those that are new."""
        for group in groups:
            self._wanted[group] += 1
            if self._wanted[group] == 1:
                self._reconsider(group)

    def unwant(self, groups: Iterable[str]) -> None:
        """Count one listener less for each of these groups; leave those that have none."""
        for group in groups:
            self._wanted[group] -= 1
            if not self._wanted[group]:
                del self._wanted[group]
                self._reconsider(group)

    def work(self) -> list[Callable[[], Awaitable[None]]]:
        """What has to be done for as long as the hub runs."""
        if self._layer is None:
            return []
        return [self._keep_joined, self._keep_probing, self._rejoin_now_and_then]

    # --- hearing ---

    async def _open(self) -> str:
        """Have a channel, and somebody who listens to it."""
        async with self._opening:
            if self._channel is None:
                self._channel = await self._layer.new_channel()
            if self._listening is None or self._listening.done():
                self._listening = asyncio.create_task(self._listen(self._channel))
            return self._channel

    async def close(self) -> None:
        """Stop listening; the next call of `_open` begins anew."""
        listening, self._listening, self._channel = self._listening, None, None
        if listening is not None:
            listening.cancel()
            await asyncio.wait([listening], timeout=CALL_TIMEOUT)

    async def _listen(self, channel: str) -> None:
        loop = asyncio.get_running_loop()
        turn_ends = 0.0
        while True:
            began = loop.time()
            try:
                message = await self._layer.receive(channel)
            except Exception as error:
                logger.debug("The channel layer cannot be read: %r", error)
                # A connection that timed out while nothing came is no fault to wait for.
                await asyncio.sleep(max(0.0, began + RETRY_DELAY - loop.time()))
                continue
            if message.get("type") == "rn.probe":
                self._echo.set()
            else:
                self._hear(message)
            # While messages wait, receive() returns without letting anybody else run.
            now = loop.time()
            if now > turn_ends:
                await asyncio.sleep(0)
                turn_ends = loop.time() + TURN

    # --- joining ---

    def _reconsider(self, group: str) -> None:
        self._pending[group] = None
        self._work.set()

    def _rejoin_all(self) -> None:
        self._anew = True
        self._probed = None
        self._joined.clear()
        self._pending.update(dict.fromkeys(self._wanted))
        self._work.set()

    async def _keep_joined(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            joined = False
            while self._pending:
                group = next(iter(self._pending))
                del self._pending[group]
                try:
                    joined |= await self._settle(group)
                except Exception as error:
                    logger.debug("The group %s cannot be joined or left: %r", group, error)
                    self._pending[group] = None
                    await asyncio.sleep(RETRY_DELAY)
            if joined:
                anew, self._anew = self._anew, False
                self._on_joined(anew)

    async def _settle(self, group: str) -> bool:
        """Be in a group exactly when it is wanted; say whether it was joined."""
        wanted = group in self._wanted
        if wanted == (group in self._joined):
            return False
        async with asyncio.timeout(CALL_TIMEOUT):
            channel = await self._open()
            if wanted:
                await self._layer.group_add(group, channel)
                self._joined.add(group)
            else:
                self._joined.discard(group)
                await self._layer.group_discard(group, channel)
        return wanted

    async def _rejoin_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(REJOIN_INTERVAL)
            self._rejoin_all()

    # --- probing ---

    async def _keep_probing(self) -> None:
        while interval := settings.PROBE_INTERVAL:
            try:
                await self._probe()
            except Exception as error:
                await self._is_deaf(error)
                await asyncio.sleep(min(interval, RETRY_DELAY))
            else:
                self._is_well()
                await asyncio.sleep(interval)

    async def _probe(self) -> None:
        """Hear oneself, or raise."""
        self._echo.clear()
        async with asyncio.timeout(CALL_TIMEOUT):
            channel = await self._open()
            # Joined once, not for each probe: a Redis that has forgotten this group has forgotten
            # the others, too.
            if self._probed != channel or self._failures:
                await self._layer.group_add(self._own_group, channel)
                self._probed = channel
            await self._layer.group_send(self._own_group, {"type": "rn.probe"})
            await self._echo.wait()

    def _is_well(self) -> None:
        if self._failures:
            logger.info("The channel layer is back: joining %d groups.", len(self._wanted))
            self._failures = 0
            self._rejoin_all()

    async def _is_deaf(self, error: Exception) -> None:
        self._failures += 1
        if self._failures == 1:
            logger.warning(
                "The channel layer does not answer (%s). Changes still reach every browser, by "
                "the heal query.",
                f"{type(error).__name__}: {error}".rstrip(": "),
            )
        elif isinstance(error, TimeoutError | RuntimeError):
            # It takes messages and brings none, or it has forgotten the channel: take another.
            await self.close()
