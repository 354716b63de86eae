"""Log lines about what begins, lasts and ends: one for each change, none for each event."""

from __future__ import annotations

import logging

from realtime_notify.clock import monotonic

LOG_EVERY = 60.0
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
    """A line that is logged once a minute, however often there is reason for it.

    Args:
        logger: of the module that logs it.
        message: the line, with the arguments of `warn()` or `exception()`.
    """

    def __init__(self, logger: logging.Logger, message: str) -> None:
        self._logger = logger
        self._message = message
        self._message_again = f"{message} (%d more since the last line.)"
        self._logged = -LOG_EVERY
        self._more = 0

    def warn(self, *args: object) -> None:
        """Log a warning, and how often there was reason for it since it was last logged."""
        self._log(logging.WARNING, args)

    def exception(self, *args: object) -> None:
        """Log the exception that is being handled as an error, with its traceback."""
        self._log(logging.ERROR, args, exc_info=True)

    def _log(self, level: int, args: tuple[object, ...], *, exc_info: bool = False) -> None:
        now = monotonic()
        if now - self._logged < LOG_EVERY:
            self._more += 1
            return
        if self._more:
            self._logger.log(level, self._message_again, *args, self._more, exc_info=exc_info)
        else:
            self._logger.log(level, self._message, *args, exc_info=exc_info)
        self._logged, self._more = now, 0
