"""What the rules of the audience need to know about given people, fetched for them alone.

The number of statements depends neither on how many people there are nor on how many topics. All
of them read the database that is written to, because delivery acts on the answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import router
from django.db.models import Q, QuerySet

from realtime_notify.audience.addressing import Topic
from realtime_notify.audience.groups import GroupKind, group_kinds
from realtime_notify.audience.sql import among, is_active, joined_field
from realtime_notify.models import (
    Event,
    NotificationType,
    OptOut,
    Subscription,
    SubscriptionFilter,
)


class SubscriptionRow(NamedTuple):
    """The columns of a subscription that the rules read."""

    pk: int
    user: Any
    group_type: int | None
    group: str
    role: str
    type: str
    target_type: int | None
    target: str
    only_following: bool
    active: bool
    since: datetime


COLUMNS = (
    *("pk", "user_id", "group_type_id", "group_id", "role"),
    *("type_id", "target_type_id", "target_id", "only_following", "active", "since"),
)
"""The names of these columns in the model, in the same order."""


class OptOutRow(NamedTuple):
    """The columns of an opt-out that the rules read."""

    user: Any
    type: str | None
    type_group: str | None
    target_type: int | None
    target: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about some people.

    Attributes:
        joined: active users, in the order of their primary keys, and when they joined; None if the
            user model doesn't say.
        own: their own subscriptions to the topics.
        of_groups: the subscriptions of their groups to the topics.
        members: those of the people who are in a group, with their role in it, by the content type
            and primary key of the group.
        groups: the groups that somebody is in, as content types and primary keys.
        media: names of media by subscription; a subscription that is not here allows all of them.
        filters: values by name, by subscription.
        opt_outs: opt-outs by user.
        type_groups: the group of each type, by its key.
    """

    joined: dict[Any, datetime | None]
    own: list[SubscriptionRow] = field(default_factory=list)
    of_groups: list[SubscriptionRow] = field(default_factory=list)
    members: Mapping[tuple[int, str], list[tuple[Any, str]]] = field(default_factory=dict)
    groups: Mapping[Any, set[tuple[int, str]]] = field(default_factory=dict)
    media: Mapping[int, set[str]] = field(default_factory=dict)
    filters: Mapping[int, dict[str, str]] = field(default_factory=dict)
    opt_outs: Mapping[Any, list[OptOutRow]] = field(default_factory=dict)
    type_groups: Mapping[str, str | None] = field(default_factory=dict)


def fetch_facts(
    joined: dict[Any, datetime | None],
    topics: Collection[Topic],
    medium: str,
    *,
    own: Iterable[SubscriptionRow] | None = None,
    subscribed: bool = True,
) -> Facts:
    """Return what is known about some people.

    Args:
        joined: the people, as `active_users()` returns them.
        topics: the topics that they may be subscribed to.
        medium: the name of the medium.
        own: their own subscriptions to the topics if they are known already; None looks them up.
        subscribed: False if subscriptions don't matter.
    """
    opt_outs = _opt_outs(joined, topics, medium)
    in_groups = any(row.type_group for rows in opt_outs.values() for row in rows)
    type_groups = _type_groups(topics) if in_groups else {}
    if not subscribed:
        return Facts(joined, opt_outs=opt_outs, type_groups=type_groups)
    mine = own_subscriptions(joined, topics) if own is None else own
    found = [row for row in mine if row.active and row.user in joined]
    by_groups = _subscriptions(topics).filter(group_type__isnull=False, active=True)
    any_group = by_groups.exists()
    members: dict[tuple[int, str], list[tuple[Any, str]]] = {}
    of_groups: list[SubscriptionRow] = []
    if any_group or any(row.only_following for row in found):
        members = _members(joined)
    if any_group and members:
        of_groups = _of_groups(by_groups, members)
    rows = {row.pk for row in (*found, *of_groups)}
    return Facts(
        joined,
        own=found,
        of_groups=of_groups,
        members=members,
        groups=_groups(members),
        media=_media(rows),
        filters=_filters(rows) if any(topic.filters for topic in topics) else {},
        opt_outs=opt_outs,
        type_groups=type_groups,
    )


def active_users(people: Collection[Any]) -> QuerySet[Any]:
    """Return those of the people who are active, in the order of their primary keys."""
    users = get_user_model()._default_manager.using(_using())
    return users.filter(among("pk", people), **is_active()).order_by("pk")


def when_joined(users: QuerySet[Any]) -> dict[Any, datetime | None]:
    """Return when users joined, by primary key, in the order of the queryset."""
    if name := joined_field():
        return dict(users.values_list("pk", name))
    return dict.fromkeys(users.values_list("pk", flat=True))


def own_subscriptions(people: Collection[Any], topics: Iterable[Topic]) -> list[SubscriptionRow]:
    """Return these people's own subscriptions to any of the topics."""
    found = _subscriptions(topics).filter(among("user", people), active=True)
    return [SubscriptionRow(*row) for row in found.values_list(*COLUMNS)]


def _using() -> str:
    return router.db_for_write(Event)


def _subscriptions(topics: Iterable[Topic]) -> QuerySet[Subscription]:
    """Return the subscriptions to these types and targets, and some to combinations of them."""
    topics = list(topics)
    found = Subscription.objects.using(_using()).order_by()
    return found.filter(_about(topics), among("type", _types(topics)))


def _about(topics: Iterable[Topic]) -> Q:
    """Q: rows without a target, or with one of these topics' targets."""
    about = Q(target_type=None, target_id="")
    targeted = {(topic.target_type_id, topic.target_id) for topic in topics if topic.target_id}
    if not targeted:
        return about
    types, ids = zip(*targeted, strict=True)
    return about | Q(among("target_id", set(ids)), target_type__in=set(types))


def _types(topics: Iterable[Topic]) -> list[str]:
    return sorted({topic.type_id for topic in topics})


def _members(people: Collection[Any]) -> dict[tuple[int, str], list[tuple[Any, str]]]:
    """Return those of the people who are in a group, with their role in it, by group."""
    found: dict[tuple[int, str], list[tuple[Any, str]]] = defaultdict(list)
    for kind in group_kinds():
        type_id = ContentType.objects.get_for_model(kind.model).pk
        for user, group, role in memberships(kind, people):
            found[type_id, str(group)].append((user, role))
    return found


def memberships(kind: GroupKind, people: Collection[Any]) -> Iterable[tuple[Any, Any, str]]:
    """Yield the users among the people, their groups of one kind, and their roles there."""
    users = get_user_model()._base_manager.using(_using()).filter(among("pk", people)).order_by()
    columns = ["pk", kind.members, *filter(None, [kind.role])]
    for user, group, *role in users.values_list(*columns).distinct():
        if group is not None:
            yield user, group, str(role[0]) if role else ""


def _groups(
    members: Mapping[tuple[int, str], list[tuple[Any, str]]],
) -> dict[Any, set[tuple[int, str]]]:
    """Return the groups of each user."""
    found: dict[Any, set[tuple[int, str]]] = defaultdict(set)
    for group, inside in members.items():
        for user, _ in inside:
            found[user].add(group)
    return found


def _of_groups(
    by_groups: QuerySet[Subscription], groups: Collection[tuple[int, str]]
) -> list[SubscriptionRow]:
    """Return those of the subscriptions that belong to these groups."""
    types, keys = zip(*groups, strict=True)
    found = by_groups.filter(among("group_id", set(keys)), group_type__in=set(types))
    rows = [SubscriptionRow(*row) for row in found.values_list(*COLUMNS)]
    return [row for row in rows if (row.group_type, row.group) in groups]


def _media(subscriptions: Collection[int]) -> dict[int, set[str]]:
    """Return the media that subscriptions are limited to."""
    found: dict[int, set[str]] = defaultdict(set)
    if subscriptions:
        chosen = Subscription.media.through.objects.using(_using())
        limited = chosen.filter(among("subscription", subscriptions)).order_by()
        for subscription, medium in limited.values_list("subscription_id", "medium_id"):
            found[subscription].add(medium)
    return found


def _filters(subscriptions: Collection[int]) -> dict[int, dict[str, str]]:
    """Return the filters of subscriptions."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    if subscriptions:
        rows = SubscriptionFilter.objects.using(_using())
        rows = rows.filter(among("subscription", subscriptions)).order_by()
        for subscription, name, value in rows.values_list("subscription_id", "name", "value"):
            found[subscription][name] = value
    return found


def _opt_outs(
    people: Collection[Any], topics: Iterable[Topic], medium: str
) -> dict[Any, list[OptOutRow]]:
    """Return the opt-outs of these people that may cover one of the topics."""
    topics = list(topics)
    found: dict[Any, list[OptOutRow]] = defaultdict(list)
    rows = OptOut.objects.using(_using()).filter(
        among("user", people),
        _about(topics),
        Q(type=None) | Q(type__in=_types(topics)),
        Q(medium=None) | Q(medium=medium),
    )
    columns = ("user_id", "type_id", "type_group_id", "target_type_id", "target_id")
    for row in map(OptOutRow._make, rows.order_by().values_list(*columns)):
        found[row.user].append(row)
    return found


def _type_groups(topics: Iterable[Topic]) -> dict[str, str | None]:
    """Return the group of each topic's type."""
    types = NotificationType.objects.using(_using()).filter(pk__in=_types(topics))
    return dict(types.order_by().values_list("pk", "group_id"))
