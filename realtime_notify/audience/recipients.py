"""Forwards: whom an event concerns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q, QuerySet

from realtime_notify.audience import following
from realtime_notify.audience.addressing import Audience, Topic, topics_of
from realtime_notify.audience.groups import group_kind_of
from realtime_notify.audience.sql import allows_medium, is_active
from realtime_notify.models import (
    Event,
    OptOut,
    Subscription,
    SubscriptionFilter,
)
from realtime_notify.models.media import INBOX


@dataclass(frozen=True, slots=True)
class Chunk:
    """The next people of an audience.

    Attributes:
        people: the primary keys of users.
        cursor: where the next chunk starts, or None when this is the last.
    """

    people: list[Any]
    cursor: str | None


def subscriptions(event: Event, medium: str = INBOX) -> QuerySet[Subscription]:
    """Return the subscriptions that an event addressed to subscribers matches, by one medium."""
    matching = Q()
    for one in topics_of(event):
        matching |= _at(one)
    found = Subscription.objects.filter(
        matching, allows_medium(medium), active=True, since__lte=event.deliver_at or event.created
    )
    if lookups := Audience.of(event).filter_exclude:
        found = found.exclude(**lookups)
    return found


def members(event: Event, medium: str = INBOX) -> QuerySet[Any]:
    """Return the users an event is for by one medium, as one queryset."""
    given = Audience.of(event)
    if given.to is not None:
        return _not_cut(event, medium).filter(pk__in=given.to)
    matching = subscriptions(event, medium)
    followers = following.policy().followers_of(_actors(event))
    own, *others = topics_of(event)
    reached = _reached(matching.filter(_at(own)) if others else matching, followers)
    for one in others:
        reached |= _reached(matching.filter(_at(one)), followers) & ~_opted_out(one, medium)
    return _not_cut(event, medium).filter(reached)


def email_addresses(event: Event, medium: str) -> list[str]:
    """Return the e-mail addresses an event is for that belong to no user it is for.

    Addresses are the same whatever their case.
    """
    given = Audience.of(event)
    if given.to is not None or given.only is not None:
        return []
    rows = subscriptions(event, medium).exclude(email="").order_by("-pk")
    found = {email.lower(): email for email in rows.values_list("email", flat=True)}
    model = get_user_model()
    field = model.get_email_field_name()
    if found and any(one.name == field for one in model._meta.fields):
        for email in members(event, medium).values_list(field, flat=True):
            found.pop((email or "").lower(), None)
    return list(found.values())


def next_chunk(event: Event, size: int) -> Chunk:
    """Return the people who come next after `event.cursor`, `size` of them at the most.

    A cursor is an offset into the list of the people named outright, and the last user's primary
    key when subscribers are walked in the order of theirs: both stay good after a crash.
    """
    given = Audience.of(event)
    if given.to is not None:
        start, end = int(event.cursor or 0), int(event.cursor or 0) + size
        named = _not_cut(event, INBOX).filter(pk__in=given.to[start:end]).order_by("pk")
        cursor = str(end) if end < len(given.to) else None
        return Chunk(list(named.values_list("pk", flat=True)), cursor)

    users = members(event).order_by("pk")
    if event.cursor:
        users = users.filter(pk__gt=event.cursor)
    people = list(users.values_list("pk", flat=True)[:size])
    return Chunk(people, str(people[-1]) if len(people) == size else None)


def _not_cut(event: Event, medium: str) -> QuerySet[Any]:
    """Return the users whom nothing keeps from an event: active, not excluded, not opted out."""
    users = get_user_model()._default_manager.filter(**is_active())
    given = Audience.of(event)
    if given.only is not None:
        users = users.filter(pk__in=given.only)
    if given.exclude:
        users = users.exclude(pk__in=given.exclude)
    return users.filter(~_opted_out(topics_of(event)[0], medium))


def _at(one: Topic) -> Q:
    """The condition on subscriptions of being for what is addressed so."""
    matching = Q(_on_target(one.target_type_id, one.target_id), type=one.type_id)
    for name, value in one.filters.items():
        same_name = SubscriptionFilter.objects.filter(subscription=OuterRef("pk"), name=name)
        matching &= ~Q(Exists(same_name.exclude(value=value)))
    return matching


def _opted_out(one: Topic, medium: str) -> Q:
    """The condition on users of not wanting to hear of what is addressed so."""
    out = OptOut.objects.filter(
        Q(type=one.type_id) | Q(type=None),
        Q(type_group=None) | Q(type_group__types=one.type_id),
        Q(medium=None) | Q(medium=medium),
        _on_target(one.target_type_id, one.target_id),
        user=OuterRef("pk"),
    )
    return Q(Exists(out))


def _reached(matching: QuerySet[Subscription], follows: Q) -> Q:
    """The condition on users of being reached by one of these, their own or a group's."""
    followers = get_user_model()._default_manager.filter(follows).values("pk")
    own = matching.order_by()
    reached = Q(pk__in=own.filter(only_following=False).values("user"))
    reached |= Q(pk__in=own.filter(only_following=True, user__in=followers).values("user"))
    of_groups = matching.exclude(group_type=None).order_by()
    for inside, only_following in _in_groups(of_groups):
        reached |= inside & Q(pk__in=followers) if only_following else inside
    return reached


def _in_groups(of_groups: QuerySet[Subscription]) -> Iterable[tuple[Q, bool]]:
    """Yield the conditions on users of being in the groups, alike ones together."""
    alike: dict[tuple[int, str, bool], list[str]] = {}
    rows = of_groups.values_list("group_type", "role", "only_following", "group_id")
    for type_id, role, only_following, group_id in rows:
        alike.setdefault((type_id, role, only_following), []).append(group_id)
    for (type_id, role, only_following), group_ids in alike.items():
        model = ContentType.objects.get_for_id(type_id).model_class()
        group_kind = group_kind_of(model) if model else None
        if group_kind is not None:  # else: a kind of group that is no longer registered
            inside = get_user_model()._base_manager.filter(group_kind.users(group_ids, role))
            yield Q(pk__in=inside.values("pk")), only_following


def _actors(event: Event) -> list[following.ObjectRef]:
    if event.actor_type_id is None:
        return []
    actors = [(event.actor_type_id, event.actor_id)]
    if event.pk is None:
        actors += [(one.actor_type_id, one.actor_id) for one in event.unsaved_actors]
    elif event.extra_actor_count:
        rows = event.extra_actors.exclude(actor_type=None)
        actors += rows.values_list("actor_type_id", "actor_id")
    return actors


def _on_target(type_id: int | None, target_id: str) -> Q:
    """The condition on interests of being in this target, or in whatever target."""
    untargeted = Q(target_type=None)
    return (
        untargeted if type_id is None else untargeted | Q(target_type=type_id, target_id=target_id)
    )
