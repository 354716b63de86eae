"""About how many people an event is still to reach."""

from __future__ import annotations

from django.contrib.auth import get_user_model

from realtime_notify.audience.addressing import Audience
from realtime_notify.audience.groups import group_kind_of_type
from realtime_notify.audience.recipients import subscriptions
from realtime_notify.models import Event


def estimate_rest(event: Event) -> int:
    """Count the people that delivery has not dealt with yet, as cheaply as possible.

    People who are named, and everyone, are counted as they are. Subscribers are counted by their
    subscriptions and by the groups that have one, so that somebody who is reached in two ways
    counts twice, and somebody who is excluded, inactive or has opted out counts too.
    """
    stored = Audience.of(event)
    named = stored.only if stored.to is None else stored.to
    if named is not None:
        return max(0, len(named) - int(event.cursor or 0))
    users = get_user_model()._base_manager.all()
    if event.cursor:
        users = users.filter(pk__gt=event.cursor)
    if stored.everyone:
        return users.count()
    matching = subscriptions(event).order_by()
    own = matching.exclude(user=None)
    if event.cursor:
        own = own.filter(user__gt=event.cursor)
    count = own.count()
    groups: dict[tuple[int, str], list[str]] = {}
    for type_id, role, group_id in matching.exclude(group_type=None).values_list(
        "group_type", "role", "group_id"
    ):
        groups.setdefault((type_id, role), []).append(group_id)
    for (type_id, role), group_ids in groups.items():
        if kind := group_kind_of_type(type_id):
            count += users.filter(kind.users(group_ids, role)).count()
    return count
