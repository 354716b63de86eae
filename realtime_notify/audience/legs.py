"""Legs: the candidates after a cursor, one leg for each way in which an audience is reached.

A leg reads a range of an index that begins after the cursor, in the order of users, and stops by
itself. It judges nothing: a condition that few rows meet would have it read on and on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.db.models import Model, QuerySet
from django.db.models.functions import Coalesce

from realtime_notify.audience.addressing import Topic
from realtime_notify.audience.groups import GroupKind, group_kind_of_type, group_kinds
from realtime_notify.audience.rows import MANY_GROUPS, SubscriptionRow, Subscriptions
from realtime_notify.audience.sql import key_field
from realtime_notify.models import Subscription
from realtime_notify.models.primary import on_primary

WINDOW = 10
"""How many rows of a members' table are looked at for each person of a chunk."""


class Leg(NamedTuple):
    """Candidates found in one way.

    Attributes:
        people: their primary keys.
        end: the key up to which nobody is missing; None if nobody is missing at all.
        subscriptions: the subscriptions that the leg came across.
    """

    people: Collection[Any]
    end: Any = None
    subscriptions: Sequence[SubscriptionRow] = ()


def everyone(after: str, size: int) -> Leg:
    """Return the next of all users.

    Args:
        after: the primary key after which to begin; "" for the first of all.
        size: how many candidates are enough.
    """
    users = _after(_rows(get_user_model()), "pk", after)
    return _leg(users.order_by("pk").values_list("pk", flat=True), size)


def own_legs(subscriptions: Subscriptions, after: str, size: int) -> Iterator[Leg]:
    """Yield a leg for the subscriptions to each type and target; see `everyone()`."""
    for about in abouts_of(subscriptions.topics):
        yield _own_leg(subscriptions, about, after, size)


def abouts_of(topics: Iterable[Topic]) -> Iterator[dict[str, Any]]:
    """Yield what subscriptions to these topics are about, as the columns of `Subscription`."""
    abouts = {(topic.type_id, topic.target_type_id, topic.target_id) for topic in topics}
    abouts |= {(type_id, None, "") for type_id, _, _ in abouts}
    for type_id, target_type, target_id in abouts:
        yield {"type": type_id, "target_type": target_type, "target_id": target_id}


def _own_leg(subscriptions: Subscriptions, about: dict[str, Any], after: str, size: int) -> Leg:
    own = Subscription.objects.filter(**about)
    # The order of the index, in which not every database sees the order of the users alone.
    later = _after(own, "user", after).order_by("target_type_id", "target_id", "user_id")
    found = subscriptions.rows(later[: size + 1])
    if len(found) <= size:
        return Leg({row.user for row in found}, None, found)
    # Further subscriptions of the last user, with other filters, may be missing.
    last = found[-1].user
    rows = [row for row in found if row.user != last]
    rows = rows or subscriptions.rows(own.filter(user=last).order_by())
    return Leg({row.user for row in rows}, rows[-1].user, rows)


def group_legs(subscriptions: Subscriptions, after: str, size: int) -> Iterator[Leg]:
    """Yield a leg for each kind of group that subscribes, and each role; see `everyone()`."""
    found = subscriptions.of_groups()
    yield Leg((), None, found)
    if len(found) > MANY_GROUPS:
        for kind in group_kinds():
            yield _any_group_leg(kind, after, size)
        return
    alike: dict[tuple[int, str], set[str]] = {}
    for row in found:
        if row.active and row.group_type is not None:
            alike.setdefault((row.group_type, row.role), set()).add(row.group)
    for (type_id, role), group_ids in alike.items():
        of_type = group_kind_of_type(type_id)
        if of_type and (of_type.role or not role):  # without a look-up for roles nobody has one
            yield _members_leg(of_type, role, group_ids, after, size)


def _any_group_leg(kind: GroupKind, after: str, size: int) -> Leg:
    """Return users who are in any group."""
    table = kind.members_table()
    rows = _after(_rows(table.model), table.user, after).order_by(table.user)
    return _leg(rows.values_list(table.user, flat=True).distinct(), size)


def _members_leg(
    kind: GroupKind, role: str, group_ids: Collection[str], after: str, size: int
) -> Leg:
    """Return members of groups.

    A members' table has an index that leads from a group to its members and one that leads from a
    user to the groups. The first finds a few members at once; by the second many are walked in the
    order of users, a window of rows at a time. COALESCE hides the other index from a planner that
    would take it, for want of statistics.
    """
    table, few = kind.members_table(), WINDOW * size
    in_role = {table.role: role} if role else {}
    inside = _rows(table.model).filter(**{f"{table.group}__in": group_ids})
    if not inside.order_by(table.group).values(table.group)[few : few + 1]:
        members = _after(inside.filter(**in_role), table.user, after)
        user = Coalesce(table.user, table.user, output_field=_key(get_user_model()))
        members = members.annotate(rn_user=user).order_by("rn_user")
        return _leg(members.values_list("rn_user", flat=True), size)
    later = _after(_rows(table.model), table.user, after).order_by(table.user)
    users = later.values_list(table.user, flat=True)
    edge = next(iter(users[few - 1 : few]), None)
    group = Coalesce(table.group, table.group, output_field=_key(kind.model))
    members = users.annotate(rn_group=group).filter(rn_group__in=group_ids, **in_role)
    if edge is None:
        return _leg(members, size)
    leg = _leg(members.filter(**{f"{table.user}__lte": edge}), size)
    return leg if leg.end is not None else leg._replace(end=edge)


def _rows(model: type[Model]) -> QuerySet[Any]:
    return on_primary(model._base_manager.all())


def _key(model: type[Model]) -> Any:
    return key_field(model).clone()


def _after(rows: QuerySet[Any], user: str, after: str) -> QuerySet[Any]:
    """Return those of the rows whose user comes after a key, or those that have a user."""
    return rows.filter(**{f"{user}__gt": after} if after else {f"{user}__isnull": False})


def _leg(users: QuerySet[Any], size: int) -> Leg:
    """Return a leg of the first of these users, who are ordered."""
    people = list(users[:size])
    return Leg(people, people[-1] if len(people) == size else None)
