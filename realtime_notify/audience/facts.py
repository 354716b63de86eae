"""What the rules of the audience need to know about given people, fetched for them alone.

The number of statements depends neither on how many people there are nor on how many events. All of
them read the database that is written to, because delivery acts on the answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, F, Q, QuerySet, When

from realtime_notify.audience.addressing import Audience, Topic, happened_at, topics_of
from realtime_notify.audience.groups import group_kinds
from realtime_notify.audience.rows import (
    MANY_GROUPS,
    GroupRef,
    SubscriptionRow,
    Subscriptions,
    about,
)
from realtime_notify.audience.sql import is_active, joined_field
from realtime_notify.models import (
    DeliveryProfile,
    Event,
    NotificationType,
    OptOut,
    Subscription,
    SubscriptionFilter,
)
from realtime_notify.models.arrays import among
from realtime_notify.models.media import INBOX
from realtime_notify.models.primary import on_primary


class OptOutRow(NamedTuple):
    """What the rules read of an opt-out."""

    pk: int
    user: Any
    type: str | None
    type_group: str | None
    medium: str | None
    target_type: int | None
    target: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about some people.

    Attributes:
        joined: active users, in the order of their primary keys, and when they joined; None if it
            was before all of the events.
        rows: the subscriptions that are their own or their groups'.
        members: those of the people who are in a group, and their role in it, by group.
        filters: filters by subscription, as values by name.
        chosen: the media that a subscription names, among those asked for; nothing for one that
            names none.
        intervals: the intervals of profiles, in minutes, by the user and the profile, which is None
            for the default; empty unless a medium is asked about to which they matter.
        opt_outs: opt-outs by user.
        types: the types of all topics, by their keys.
    """

    joined: dict[Any, datetime | None]
    rows: list[SubscriptionRow]
    members: Mapping[GroupRef, list[tuple[Any, str]]]
    filters: Mapping[int, dict[str, str]]
    chosen: Mapping[int, Collection[str]]
    intervals: Mapping[tuple[Any, int | None], int]
    opt_outs: Mapping[Any, list[OptOutRow]]
    types: Mapping[str, NotificationType]

    def groups(self) -> Mapping[Any, set[GroupRef]]:
        """Return the groups of each user."""
        found: dict[Any, set[GroupRef]] = defaultdict(set)
        for group, inside in self.members.items():
            for user, _ in inside:
                found[user].add(group)
        return found


def fetch_facts(
    events: Sequence[Event],
    joined: dict[Any, datetime | None],
    rows: Collection[SubscriptionRow] | None = None,
    media: Collection[str] = (INBOX,),
    *,
    thoroughly: bool = False,
) -> Facts:
    """Return what is known about some people.

    Args:
        events: the events that they may be concerned by.
        joined: the people, as `when_joined()` returns them.
        rows: subscriptions to the topics of the events, among them all that are these people's own
            and, unless they are more than `MANY_GROUPS`, all of groups; None looks them up.
        media: the names of the media that are asked about.
        thoroughly: whether to keep subscriptions that cannot reach anybody, for an explanation.
    """
    topics = [topic for event in events for topic in topics_of(event)]
    found: list[SubscriptionRow] = []
    members: dict[GroupRef, list[tuple[Any, str]]] = {}
    if any(Audience.of(event).addresses_subscribers() for event in events):
        subscriptions = Subscriptions(topics, min(map(happened_at, events)))
        if rows is None:
            rows = [*subscriptions.own(joined), *subscriptions.of_groups()]
        has_actors = any(event.actor_type_id is not None for event in events)
        found, members = _theirs(
            subscriptions,
            rows,
            joined,
            lambda row: thoroughly or (row.active and (has_actors or not row.only_following)),
        )
    return Facts(
        joined,
        found,
        members,
        _filters([row.pk for row in found if row.filter is not None]),
        _chosen(found, media),
        _intervals(found, media),
        _opt_outs(joined, topics, media),
        _types(events, topics),
    )


def facts_of_addresses(
    events: Sequence[Event], rows: Sequence[SubscriptionRow], media: Collection[str]
) -> Facts:
    """Return what is known about e-mail addresses by their subscriptions; they take users' place.

    Args:
        events: the events that they may be concerned by.
        rows: all subscriptions of the addresses to the topics of the events.
        media: the names of the media that are asked about.
    """
    topics = [topic for event in events for topic in topics_of(event)]
    return Facts(
        dict.fromkeys(row.user for row in rows),
        list(rows),
        {},
        _filters([row.pk for row in rows if row.filter is not None]),
        _chosen(rows, media),
        {},
        {},
        _types(events, topics),
    )


def _theirs(
    subscriptions: Subscriptions,
    rows: Collection[SubscriptionRow],
    people: Collection[Any],
    may_reach: Callable[[SubscriptionRow], bool],
) -> tuple[list[SubscriptionRow], dict[GroupRef, list[tuple[Any, str]]]]:
    """Return the subscriptions that matter to these people, and who of them is in which group.

    Nobody's groups are looked up when no group subscribes and nobody can be followed.
    """
    own = [row for row in rows if row.user in people and may_reach(row)]
    of_groups = [row for row in rows if row.group_type is not None]
    if not of_groups and not any(row.only_following for row in own):
        return own, {}
    members = fetch_members(people)
    if len(of_groups) > MANY_GROUPS:
        of_groups = subscriptions.of_groups(members)
    return [*own, *filter(may_reach, of_groups)], members


def active_users(people: Collection[Any]) -> QuerySet[Any]:
    """Return those of the people who are active, in the order of their primary keys."""
    users = on_primary(get_user_model()._default_manager.all())
    return users.filter(among("pk", people), **is_active()).order_by("pk")


def when_joined(users: QuerySet[Any], events: Sequence[Event]) -> dict[Any, datetime | None]:
    """Return the primary keys of users, and when they joined if it was after an event."""
    name = joined_field() if any(Audience.of(event).everyone for event in events) else ""
    if not name:
        return dict.fromkeys(users.values_list("pk", flat=True))
    earliest = min(map(happened_at, events))
    later = Case(When(**{f"{name}__gt": earliest}, then=F(name)))
    return dict(users.annotate(rn_joined=later).values_list("pk", "rn_joined"))


def fetch_members(people: Collection[Any]) -> dict[GroupRef, list[tuple[Any, str]]]:
    """Return those of the people who are in a group, and their role in it, by group."""
    found: dict[GroupRef, list[tuple[Any, str]]] = defaultdict(list)
    for kind in group_kinds():
        type_id = ContentType.objects.get_for_model(kind.model).pk
        table = kind.members_table()
        rows = on_primary(table.model._base_manager.filter(among(table.user, people)))
        columns = [table.user, table.group, *filter(None, [table.role])]
        for user, group, *role in rows.order_by().values_list(*columns):
            if group is not None:
                found[type_id, str(group)].append((user, str(role[0]) if role else ""))
    return found


def _filters(subscriptions: Collection[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = defaultdict(dict)
    if subscriptions:
        rows = SubscriptionFilter.objects.order_by()
        rows = rows.filter(among("subscription", subscriptions))
        for subscription, name, value in rows.values_list("subscription_id", "name", "value"):
            found[subscription][name] = value
    return found


def _chosen(
    rows: Sequence[SubscriptionRow], media: Collection[str]
) -> Mapping[int, Collection[str]]:
    """Return the media that subscriptions name; a row itself knows whether that is the inbox."""
    named = [row for row in rows if row.medium is not None]
    if not named or set(media) == {INBOX}:
        return {row.pk: (row.medium,) for row in named if row.medium is not None}
    found: dict[int, set[str]] = {row.pk: set() for row in named}
    links = Subscription.media.through._default_manager.filter(among("subscription", found))
    for subscription, medium in on_primary(links).values_list("subscription_id", "medium_id"):
        found[subscription].add(medium)
    return found


def _intervals(
    rows: Sequence[SubscriptionRow], media: Collection[str]
) -> dict[tuple[Any, int | None], int]:
    """Return the intervals of those who have a subscription with a profile of its own."""
    people = {row.user for row in rows if row.profile is not None}
    if not people or set(media) == {INBOX}:
        return {}
    found: dict[tuple[Any, int | None], int] = {}
    profiles = DeliveryProfile.objects.filter(among("user", people)).order_by()
    for user, pk, interval, is_default in profiles.values_list(
        "user_id", "pk", "interval", "is_default"
    ):
        found[user, pk] = interval
        if is_default:
            found[user, None] = interval
    return found


def _opt_outs(
    people: Collection[Any], topics: Sequence[Topic], media: Collection[str]
) -> dict[Any, list[OptOutRow]]:
    """Return the opt-outs of these people that may cover one of the topics and media."""
    found: dict[Any, list[OptOutRow]] = defaultdict(list)
    rows = OptOut.objects.filter(
        among("user", people),
        about(topics),
        Q(type=None) | Q(type__in={topic.type_id for topic in topics}),
        Q(medium=None) | Q(medium__in=media),
    )
    ids = ("user_id", "type_id", "type_group_id", "medium_id", "target_type_id")
    columns = ("pk", *ids, "target_id")
    for row in map(OptOutRow._make, rows.order_by().values_list(*columns)):
        found[row.user].append(row)
    return found


def _types(events: Sequence[Event], topics: Iterable[Topic]) -> dict[str, NotificationType]:
    """Return the types of topics; those that the events have loaded are not looked up again."""
    loaded = NotificationType.events.field.is_cached
    found = {event.type_id: event.type for event in events if loaded(event)}
    missing = {topic.type_id for topic in topics}.difference(found)
    return found | (NotificationType.objects.in_bulk(missing) if missing else {})
