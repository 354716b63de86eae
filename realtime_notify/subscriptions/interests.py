"""The keys that users subscribe to, which decide whose pushes a server process listens to."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from realtime_notify import audience


def keys_of(user_id: Any) -> list[str]:
    """Return the keys of the types that a user subscribes to, directly or by a group."""
    return keys_of_many([user_id])[user_id]


def keys_of_many(users: Collection[Any]) -> dict[Any, list[str]]:
    """Return the keys that each of these users subscribes to, directly or by a group.

    The number of statements does not depend on how many users there are.

    Args:
        users: primary keys of users.

    Returns:
        The keys by the primary key of the user; each of the users is in it.
    """
    return {user: sorted(keys) for user, keys in audience.keys_of(users).items()}
