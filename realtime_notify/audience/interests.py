"""From users to the keys of the types that they subscribe to, directly or by a group."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from realtime_notify.audience.facts import fetch_members
from realtime_notify.models import Subscription
from realtime_notify.models.arrays import among


def keys_of(users: Collection[Any]) -> dict[Any, set[str]]:
    """Return the keys that each of these users subscribes to.

    One query for their own subscriptions, one for each kind of group, and one for the
    subscriptions of their groups, however many users there are.

    Args:
        users: primary keys of users.

    Returns:
        The keys by the primary key of the user; each of the users is in it.
    """
    found: dict[Any, set[str]] = {user: set() for user in users}
    if not found:
        return found
    active = Subscription.objects.filter(active=True).order_by()
    own = active.filter(among("user", found)).values_list("user_id", "type_id")
    for user, key in own.distinct():
        found[user].add(key)
    members = fetch_members(found)
    if members:
        types, pks = {type_id for type_id, _ in members}, {pk for _, pk in members}
        theirs = active.filter(among("group_id", pks), group_type__in=types)
        columns = ("group_type_id", "group_id", "role", "type_id")
        for type_id, pk, role, key in theirs.values_list(*columns).distinct():
            for user, its_role in members.get((type_id, pk), ()):
                if role in ("", its_role):
                    found[user].add(key)
    return found
