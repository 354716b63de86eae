"""Chance, all of it from one seed, and how bad the weather is."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


class Dice:
    """The chance of one part of the simulation.

    Each part has dice of its own, so that a fault that is taken out of a scenario leaves the fate
    of everything else as it was: otherwise a failure could not be made smaller.

    Args:
        seed: names the scenario and the part.
    """

    __slots__ = ("_random",)

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)

    def falls(self, chance: float) -> bool:
        """Tell whether something of this chance happens."""
        return chance > 0 and self._random.random() < chance

    def up_to(self, most: float) -> float:
        """Return a number between 0 and `most`."""
        return self._random.random() * most

    def between(self, least: float, most: float) -> float:
        """Return a number between these two."""
        return self._random.uniform(least, most)

    def below(self, bound: int) -> int:
        """Return a whole number from 0 that is less than `bound`."""
        return self._random.randrange(bound)


@dataclass(slots=True)
class Weather:
    """How bad it is now. The weather of a fine day is the default."""

    loss: float = 0.0
    """The chance that the layer loses a message, for each process that it is for."""
    doubling: float = 0.0
    """The chance that the layer delivers a message twice."""
    delay: float = 0.0
    """Seconds by which a message of the layer is late at most. What is late is overtaken."""
    layer_down: bool = False
    """Whether the layer refuses everything."""
    layer_hangs: bool = False
    """Whether the layer answers nothing."""
    deaf: int = -1
    """The number of a process that no message of the layer reaches; -1 for none."""
    database_silent: bool = False
    """Whether the database answers nothing. It may still do what it is asked for."""
    database_fails: float = 0.0
    """The chance that a call fails. It may have been done all the same."""
    inboxes_locked: bool = False
    """Whether somebody holds the locks of all inboxes."""
    database_delay: float = 0.0
    """Seconds by which an answer of the database is late at most."""
    line_delay: float = 0.0
    """Seconds by which frames are late at most; they stay in their order."""
