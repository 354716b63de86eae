"""A channel layer that loses, doubles, delays and reorders messages, or is down."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import Any

from realtime_notify.testing.simulator.dice import Dice, Weather

DELAY = 0.001  # seconds, when nothing is wrong

Message = dict[str, Any]


class _Channel:
    """The mailbox of one process."""

    def __init__(self, dice: Dice) -> None:
        self.loop: Any = asyncio.get_running_loop()
        self.dice = dice
        self.messages: deque[Message] = deque()
        self.waiting: asyncio.Future[None] | None = None

    def put(self, message: Message) -> None:
        """Take a message in."""
        self.messages.append(message)
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(None)


class LossyLayer:
    """The one layer of all simulated processes, with the interface of Channels' layers.

    Args:
        seed: what decides the fate of each message.
        weather: how bad it is now.
    """

    extensions = ("groups",)

    def __init__(self, seed: str, weather: Weather) -> None:
        self._seed = seed
        self._weather = weather
        self._channels: dict[str, _Channel] = {}
        self._groups: dict[str, dict[str, None]] = {}

    async def new_channel(self, prefix: str = "simulated") -> str:
        """Return the name of another channel, which this process receives from."""
        await self._be_reached()
        name = f"{prefix}.{len(self._channels)}"
        self._channels[name] = _Channel(Dice(f"{self._seed}/{name}"))
        return name

    async def receive(self, channel: str) -> Message:
        """Wait for the next message of a channel."""
        mailbox = self._channels[channel]
        while not mailbox.messages:
            mailbox.waiting = asyncio.get_running_loop().create_future()
            await mailbox.waiting
        return mailbox.messages.popleft()

    async def group_add(self, group: str, channel: str) -> None:
        """Let a channel receive what is sent to a group."""
        await asyncio.sleep(DELAY)
        await self._be_reached()
        self._groups.setdefault(group, {})[channel] = None

    async def group_discard(self, group: str, channel: str) -> None:
        """Let a channel receive nothing more of a group."""
        await asyncio.sleep(DELAY)
        await self._be_reached()
        self._groups.get(group, {}).pop(channel, None)

    async def group_send(self, group: str, message: Message) -> None:
        """Send a message to the channels of a group, as the weather allows."""
        await self._be_reached()
        text = json.dumps(message)
        for name in self._groups.get(group, ()):
            channel = self._channels[name]
            weather, dice = self._weather, channel.dice
            if dice.falls(weather.loss) or channel.loop.number == weather.deaf:
                continue
            for _ in range(2 if dice.falls(weather.doubling) else 1):
                delay = DELAY + dice.up_to(weather.delay)
                # Tuples arrive as lists, as they do from Redis.
                channel.loop.call_later(delay, channel.put, json.loads(text))

    def forget(self) -> None:
        """Forget all groups, as a Redis does that was emptied."""
        self._groups.clear()

    async def _be_reached(self) -> None:
        if self._weather.layer_hangs:
            await asyncio.get_running_loop().create_future()  # whoever asks gives up
        if self._weather.layer_down:
            raise ConnectionError("The simulated channel layer is down.")
