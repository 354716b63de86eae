"""The receiving end of the channel layer: one channel per process, and the groups it is joined to.

Groups are joined in the background, so a layer that is down makes nobody wait. The receiver keeps
sending itself a probe through groups of its own, one on each host: neither Redis layer reports that
it has stopped receiving, as both do when Redis restarts.
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
from realtime_notify.wire import hosts
from realtime_notify.wire.counters import counters

logger = logging.getLogger(__name__)

Message = dict[str, Any]

CALL_TIMEOUT = 3.0
RETRY_DELAY = 1.0
REJOIN_INTERVAL = 3600.0
"""The core Redis layer forgets its groups after a day, its ``group_expiry``:
https://github.com/django/channels_redis#group_expiry"""
TURN = 0.005  # seconds of receiving before other tasks get their turn on the loop


class LayerReceiver:
    """Receives the messages of one channel layer for one event loop.

    Args:
        layer: the channel layer. With None, or one that has no groups, nothing is ever received.
        on_message: called with each message; must not raise.
        on_joined: called after groups were joined, with whether all were joined anew. What they
            carried before was not received.
    """

    def __init__(
        self,
        layer: Any,
        on_message: Callable[[Message], None],
        on_joined: Callable[[bool], None],
    ) -> None:
        self._layer: Any = layer if "groups" in getattr(layer, "extensions", ()) else None
        self._on_message = on_message
        self._on_joined = on_joined
        self._channel: str | None = None
        self._own_groups = f"rn.hub.{uuid.uuid4().hex}"
        self._wanted: Counter[str] = Counter()
        self._joined: set[str] = set()
        self._channels: dict[str, set[str]] = {}  # by group: those that the layer may have in it
        self._half_left: set[str] = set()
        self._rejoining = False
        self._pending: dict[str, None] = {}  # groups to join or to leave, in order
        self._has_pending = asyncio.Event()
        self._echoes: dict[str, asyncio.Event] = {}  # by the own group that was probed
        self._probed: str | None = None  # the channel that is joined to the own groups
        self._silent: frozenset[int] = frozenset()  # hosts whose last probe did not come back
        self._opening = asyncio.Lock()
        self._receiving: asyncio.Task[None] | None = None

    @property
    def receives_others(self) -> bool:
        """Whether messages of other processes arrive, as far as is known."""
        alone = self._layer is None or isinstance(self._layer, InMemoryChannelLayer)
        return not alone and not self._silent

    @property
    def works(self) -> bool | None:
        """Whether the last probe of every host came back; None if there is no layer to probe."""
        return None if self._layer is None else not self._silent

    @property
    def groups(self) -> int:
        """How many groups have a subscriber; its own for probes is not among them."""
        return len(self._wanted)

    def subscribe(self, groups: Iterable[str]) -> None:
        """Count one more subscriber of each of these groups; join those that had none."""
        for group in groups:
            self._wanted[group] += 1
            if self._wanted[group] == 1:
                self._reconsider(group)

    def unsubscribe(self, groups: Iterable[str]) -> None:
        """Count one subscriber less of each of these groups; leave those that have none left."""
        for group in groups:
            self._wanted[group] -= 1
            if not self._wanted[group]:
                del self._wanted[group]
                self._reconsider(group)

    def tasks(self) -> list[Callable[[], Awaitable[None]]]:
        """Return what has to run for as long as messages are to be received."""
        if self._layer is None:
            return []
        return [self._join_pending, self._probe_periodically, self._rejoin_periodically]

    # --- receiving ---

    async def _open(self) -> str:
        """Return the channel, which is being received from."""
        async with self._opening:
            if self._channel is None:
                self._channel = await self._layer.new_channel()
            if self._receiving is None or self._receiving.done():
                self._receiving = asyncio.create_task(self._receive(self._channel))
            return self._channel

    async def close(self) -> None:
        """Stop receiving. The next call of `_open` takes another channel."""
        receiving, self._receiving, self._channel = self._receiving, None, None
        if receiving is not None:
            receiving.cancel()
            await asyncio.wait([receiving], timeout=CALL_TIMEOUT)

    async def _receive(self, channel: str) -> None:
        loop = asyncio.get_running_loop()
        turn_ends = 0.0
        while True:
            began = loop.time()
            try:
                message = await self._layer.receive(channel)
            except Exception as error:
                logger.debug("Receiving from the channel layer failed; trying again: %r", error)
                # A connection that timed out while nothing came has waited long enough.
                await asyncio.sleep(max(0.0, began + RETRY_DELAY - loop.time()))
                continue
            if message.get("type") == "rn.probe":
                if echo := self._echoes.get(message.get("group", "")):
                    echo.set()
            else:
                self._on_message(message)
            # While messages wait, receive() returns without letting any other task run.
            now = loop.time()
            if now > turn_ends:
                await asyncio.sleep(0)
                turn_ends = loop.time() + TURN

    # --- joining ---

    def _reconsider(self, group: str) -> None:
        self._pending[group] = None
        self._has_pending.set()

    def _rejoin_all(self) -> None:
        self._rejoining = True
        self._probed = None
        self._joined.clear()
        self._pending.update(dict.fromkeys(self._wanted))
        self._has_pending.set()

    async def _join_pending(self) -> None:
        while True:
            await self._has_pending.wait()
            self._has_pending.clear()
            joined = False
            while self._pending:
                group = next(iter(self._pending))
                del self._pending[group]
                try:
                    joined |= await self._join_or_leave(group)
                except Exception as error:
                    logger.debug("Joining or leaving group %s failed; retrying: %r", group, error)
                    self._pending[group] = None
                    await asyncio.sleep(RETRY_DELAY)
            if joined:
                rejoined, self._rejoining = self._rejoining, False
                self._on_joined(rejoined)

    async def _join_or_leave(self, group: str) -> bool:
        """Be in a group exactly if it has subscribers; return whether it was joined."""
        wanted = group in self._wanted
        if wanted == (group in self._joined) and (wanted or group not in self._channels):
            return False
        async with asyncio.timeout(CALL_TIMEOUT):
            channel = await self._open()
            if wanted:
                await self._join(group, channel)
            else:
                await self._leave(group, channel)
        return wanted

    async def _join(self, group: str, channel: str) -> None:
        channels = self._channels.setdefault(group, set())
        channels.add(channel)
        await self._layer.group_add(group, channel)
        self._joined.add(group)
        self._half_left.discard(group)
        # A channel that was given up would keep the group for ever.
        for old in channels - {channel}:
            await self._layer.group_discard(group, old)
            channels.remove(old)

    async def _leave(self, group: str, channel: str) -> None:
        self._joined.discard(group)
        channels = self._channels.setdefault(group, set())
        if group in self._half_left:
            # The layer that failed to tell Redis believes that it has left, and would do nothing.
            channels.add(channel)
            await self._layer.group_add(group, channel)
        self._half_left.add(group)
        for each in tuple(channels):
            await self._layer.group_discard(group, each)
        self._half_left.remove(group)
        del self._channels[group]

    async def _rejoin_periodically(self) -> None:
        while True:
            await asyncio.sleep(REJOIN_INTERVAL)
            self._rejoin_all()

    # --- probing ---

    async def _probe_periodically(self) -> None:
        while interval := settings.PROBE_INTERVAL:
            failures = await self._probe()
            await self._judge(failures)
            await asyncio.sleep(min(interval, RETRY_DELAY) if self._silent else interval)

    async def _probe(self) -> list[Exception | None]:
        """Send a message through each host to its own group, and return what failed, by host."""
        groups = hosts.group_on_each(self._layer, self._own_groups)
        try:
            async with asyncio.timeout(CALL_TIMEOUT):
                channel = await self._open()
        except Exception as error:
            return [error] * len(groups)
        # Joined once, not for each probe: a Redis that has forgotten this group has forgotten the
        # others as well.
        join = self._probed != channel or bool(self._silent)
        self._probed = channel
        self._echoes = {group: asyncio.Event() for group in groups}
        return await asyncio.gather(*(self._probe_host(group, channel, join) for group in groups))

    async def _probe_host(self, group: str, channel: str, join: bool) -> Exception | None:
        """Send a message to a group and wait until it arrives; return what was in the way."""
        try:
            async with asyncio.timeout(CALL_TIMEOUT):
                if join:
                    await self._layer.group_add(group, channel)
                await self._layer.group_send(group, {"type": "rn.probe", "group": group})
                await self._echoes[group].wait()
        except Exception as error:
            return error
        return None

    async def _judge(self, failures: list[Exception | None]) -> None:
        """Say which hosts have fallen silent, or are back, and do what brings them back."""
        errors = {host: error for host, error in enumerate(failures) if error is not None}
        before, self._silent = self._silent, frozenset(errors)
        counters.probes_failed += bool(errors)
        if self._silent - before:
            logger.warning(
                "The channel layer does not answer (%s). Until it does, the heal query brings "
                "every change to the browsers.",
                "; ".join(_named(error, host, failures) for host, error in errors.items()),
            )
        elif len(errors) == len(failures) and any(
            isinstance(error, TimeoutError | RuntimeError) for error in errors.values()
        ):
            # It accepts messages and delivers none, or has forgotten the channel: take another.
            # While one host answers, the channel is well, and the groups there need it.
            await self.close()
        if before - self._silent:
            if not self._silent:
                logger.info("The channel layer is back; rejoining %d groups.", len(self._wanted))
            self._rejoin_all()


def _named(error: Exception, host: int, failures: list[Exception | None]) -> str:
    says = f"{type(error).__name__}: {error}".rstrip(": .")
    return says if len(failures) == 1 else f"host {host + 1} of {len(failures)}: {says}"
