"""What something takes, part by part of an installation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Cost:
    """What something takes: the whole of it, or its share of one happening."""

    server: float = 0.0
    """Microseconds of the server process, all its threads."""
    caller: float = 0.0
    """Microseconds of the process that calls `notify()`, or of the worker."""
    postgresql: float = 0.0
    """Microseconds of all processes of PostgreSQL."""
    redis: float = 0.0
    """Microseconds of Redis."""
    statements: float = 0.0
    """Statements that PostgreSQL is sent by both."""
    wal: float = 0.0
    """Bytes of PostgreSQL's log, without images of whole pages."""
    messages: float = 0.0
    """Commands to Redis."""
    redis_in: float = 0.0
    """Bytes into Redis."""
    redis_out: float = 0.0
    """Bytes out of Redis."""

    def plus(self, other: Cost, times: float = 1.0) -> Cost:
        """Return this and so many times another."""
        mine, added = vars(self), vars(other)
        return Cost(**{name: value + times * added[name] for name, value in mine.items()})

    def each(self, count: float) -> Cost:
        """Return the share of one of so many; no part is less than nothing."""
        return Cost(**{name: max(0.0, value / count) for name, value in vars(self).items()})
