"""Lanes on virtual time: calls of the database that take a while, and have a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from django.db import OperationalError

from realtime_notify.testing.simulator.dice import Dice, Weather
from realtime_notify.wire import threads
from realtime_notify.wire.threads import DatabaseSilent, LaneName

LATENCY = 0.002  # seconds on the way to the database, and as many on the way back, at most
DEADLINES: dict[LaneName, float] = {
    "heal": threads.HEAL_DEADLINE,
    "hello": threads.HELLO_DEADLINE,
    "commands": threads.COMMANDS_DEADLINE,
    "chores": threads.CHORES_DEADLINE,
    "monitoring": threads.MONITORING_DEADLINE,
}


class VirtualLane:
    """Runs calls of one process and one kind.

    Args:
        deadline: the seconds after which a call is given up.
        dice: how long each call takes.
        weather: how bad it is now.
    """

    def __init__(self, deadline: float, dice: Dice, weather: Weather) -> None:
        self._deadline = deadline
        self._dice = dice
        self._weather = weather

    async def run(self, call: Callable[[], Any], name: str) -> Any:
        """Run a call, at a moment between its question and its answer.

        Raises:
            DatabaseSilent: the database did not answer. Perhaps it has done what it was asked for.
            OperationalError: the connection to it broke. The same.
        """
        weather, dice = self._weather, self._dice
        if weather.database_silent:
            if dice.falls(0.5):
                call()
            await asyncio.sleep(self._deadline)
            raise DatabaseSilent(f"The database did not answer {name}.")
        most = LATENCY + weather.database_delay
        await asyncio.sleep(dice.up_to(most))
        if dice.falls(weather.database_fails):
            if dice.falls(0.5):
                call()
            raise OperationalError("The simulated database closed the connection.")
        answer = call()
        await asyncio.sleep(dice.up_to(most))
        return answer


def lanes_of(process: str, weather: Weather) -> dict[LaneName, VirtualLane]:
    """Return the lanes of a process.

    Args:
        process: names the scenario and the process, for the dice.
        weather: how bad it is now.
    """
    return {
        name: VirtualLane(deadline, Dice(f"{process}/{name}"), weather)
        for name, deadline in DEADLINES.items()
    }
