"""How long a message waits that could not be sent."""

from __future__ import annotations

import random
from datetime import timedelta

FIRST = timedelta(seconds=30)
FACTOR = 3
LONGEST = timedelta(hours=12)
JITTER = 0.25
"""The share by which a wait is longer or shorter, so that what failed together is spread."""


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: half a minute, then three times as long.

    Args:
        attempts: how often it failed, from 1.
    """
    factor: int = FACTOR ** min(attempts - 1, 10)
    return min(LONGEST, FIRST * factor) * random.uniform(1 - JITTER, 1 + JITTER)
