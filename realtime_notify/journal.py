"""Log lines about what begins, lasts and ends: one for each change, none for each event."""

from __future__ import annotations

import logging
from time import monotonic

WARN_EVERY = 60.0
"""Seconds between two lines of a `Throttled`."""


class Condition:
    """A bad condition of this process, logged when it begins and when it ends.

    Args:
        logger: of the module that knows the condition.
        begins: the line for its beginning, with the arguments of `begin()`.
        ends: the line for its end, with the arguments of `end()`.
        level: of the first line; the second is of level INFO.
    """

    def __init__(
        self, logger: logging.Logger, begins: str, ends: str, *, level: int = logging.WARNING
    ) -> None:
        self._logger = logger
        self._begins = begins
        self._ends = ends
        self._level = level
        self.lasts = False
        """Whether it has begun and not ended."""

    def begin(self, *args: object) -> None:
        """Log that it begins, unless it lasts already."""
        if not self.lasts:
            self.lasts = True
            self._logger.log(self._level, self._begins, *args)

    def end(self, *args: object) -> None:
        """Log that it ends, if it lasts."""
        if self.lasts:
            self.lasts = False
            self._logger.info(self._ends, *args)


class Throttled:
    """A warning that is logged once a minute, however often there is reason for it.

    Args:
        logger: of the module that warns.
        message: the line, with the arguments of `warn()`.
    """

    def __init__(self, logger: logging.Logger, message: str) -> None:
        self._logger = logger
        self._message = message
        self._message_again = f"{message} (%d more since the last line.)"
        self._warned = -WARN_EVERY
        self._more = 0

    def warn(self, *args: object) -> None:
        """Log the warning, and how often there was reason for it since it was last logged."""
        now = monotonic()
        if now - self._warned < WARN_EVERY:
            self._more += 1
            return
        if self._more:
            self._logger.warning(self._message_again, *args, self._more)
        else:
            self._logger.warning(self._message, *args)
        self._warned, self._more = now, 0
