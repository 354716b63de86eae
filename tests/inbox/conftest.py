"""What the tests of the inbox share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def fill_ids(fill: Callable[..., list[Any]]) -> Callable[..., list[int]]:
    """Put notifications into an inbox, and return their ids, oldest first: fill_ids(alice, 3)."""

    def fill_ids(user: Any, count: int = 1, **options: Any) -> list[int]:
        return [notification.pk for notification in fill(user, count=count, **options)]

    return fill_ids


def ids(frame: dict[str, Any]) -> list[int]:
    """Return the ids of the items in a frame, in its order."""
    return [item["id"] for item in frame["put"]]


def numbers(frame: dict[str, Any]) -> tuple[int, int, int]:
    """Return the rev and the counters of a frame."""
    return frame["rev"], frame["unread"], frame["unseen"]
