"""From users to the keys of the types that they subscribe to, directly or by a group."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet

from realtime_notify.audience.facts import fetch_members
from realtime_notify.audience.rows import GroupRef
from realtime_notify.models import Subscription
from realtime_notify.models.arrays import among


def keys_of(users: Collection[Any]) -> dict[Any, set[str]]:
    """Return the keys that each of these users subscribes to.

    One query for each kind of group and one for subscriptions, however many users there are.

    Args:
        users: primary keys of users.

    Returns:
        The keys by the primary key of the user; each of the users is in it.
    """
    found: dict[Any, set[str]] = {user: set() for user in users}
    if not found:
        return found
    members = fetch_members(found)
    for user, type_id, pk, role, key in _subscriptions(found, members):
        if user is not None:
            found[user].add(key)
            continue
        for member, its_role in members.get((type_id, pk), ()):
            if role in ("", its_role):
                found[member].add(key)
    return found


def _subscriptions(users: Collection[Any], groups: Collection[GroupRef]) -> QuerySet[Any, Any]:
    """Return the subscriptions of users and of groups; of some other groups, too."""
    columns = ("user_id", "group_type_id", "group_id", "role", "type_id")
    active = Subscription.objects.filter(active=True).order_by().values_list(*columns).distinct()
    own = active.filter(among("user", users))
    if not groups:
        return own
    types, pks = {type_id for type_id, _ in groups}, {pk for _, pk in groups}
    # A union, and not OR, so that each part has its index.
    return own.union(active.filter(among("group_id", pks), group_type__in=types))
