"""About how many people an event is still to reach."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth import get_user_model

from realtime_notify.audience.addressing import Audience
from realtime_notify.audience.groups import GroupKind, group_kind_of_type
from realtime_notify.audience.recipients import subscriptions
from realtime_notify.models import Event


def estimate_rest(event: Event) -> int:
    """Count the candidates that delivery has not dealt with yet.

    Whether an event really reaches them is not asked, since that costs as much as delivering it.
    Named people are counted exactly. Subscribers are counted by their subscriptions and by the
    groups that have one, so somebody who is reached in two ways counts twice. In both, whoever is
    excluded, is inactive or has opted out counts too.
    """
    stored = Audience.of(event)
    named = stored.only if stored.to is None else stored.to
    if named is not None:
        return max(0, len(named) - int(event.cursor or 0))
    users = get_user_model()._base_manager.all()
    own = subscriptions(event).exclude(user=None).order_by()
    if event.cursor:
        users = users.filter(pk__gt=event.cursor)
        own = own.filter(user__gt=event.cursor)
    if stored.everyone:
        return users.count()
    inside = (users.filter(kind.users(groups, role)) for kind, role, groups in _groups(event))
    return own.count() + sum(members.count() for members in inside)


def _groups(event: Event) -> Iterator[tuple[GroupKind, str, list[str]]]:
    """Yield the groups that subscribe, by their kind and the role in them."""
    found: dict[tuple[int, str], list[str]] = {}
    rows = subscriptions(event).exclude(group_type=None).order_by()
    for type_id, role, group_id in rows.values_list("group_type", "role", "group_id"):
        found.setdefault((type_id, role), []).append(group_id)
    for (type_id, role), groups in found.items():
        if kind := group_kind_of_type(type_id):
            yield kind, role, groups
