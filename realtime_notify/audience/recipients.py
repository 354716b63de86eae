"""From an event to its audience: the users and e-mail addresses that it is for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet

from realtime_notify.audience import following
from realtime_notify.audience.addressing import Audience, Topic, happened_at, topics_of
from realtime_notify.audience.groups import group_kind_of_type
from realtime_notify.audience.sql import (
    allows_medium,
    email_field,
    had_begun,
    had_joined,
    is_active,
    is_required,
    types_without,
)
from realtime_notify.models import Event, OptOut, Subscription, SubscriptionFilter
from realtime_notify.models.arrays import among
from realtime_notify.models.media import INBOX
from realtime_notify.models.primary import on_primary


def subscriptions(event: Event, medium: str = INBOX) -> QuerySet[Subscription]:
    """Return the subscriptions that an event matches, for one medium."""
    matching = Q()
    for topic in topics_of(event):
        matching |= _matches(topic)
    found = Subscription.objects.filter(
        matching, allows_medium(medium), had_begun(happened_at(event), event.pk), active=True
    )
    if lookups := Audience.of(event).filter_exclude:
        found = found.exclude(**lookups)
    return found


def members(event: Event, medium: str = INBOX) -> QuerySet[Any]:
    """Return the users that an event is for, for one medium, as one queryset."""
    stored = Audience.of(event)
    if not stored.addresses_subscribers():
        lacking = types_without(medium).filter(pk=event.type_id)
        found = _eligible(event, medium).exclude(Exists(lacking))
        if stored.to is not None:
            return found.filter(among("pk", stored.to))
        return found.filter(had_joined(happened_at(event)))
    matching = subscriptions(event, medium)
    followers = following.policy().followers_of(_actors(event))
    own, *others = topics_of(event)
    reached = _reached(matching.filter(_matches(own)) if others else matching, followers)
    for topic in others:
        by_topic = _reached(matching.filter(_matches(topic)), followers)
        reached |= by_topic & ~_opted_out(topic, medium)
    return _eligible(event, medium).filter(reached)


def email_addresses(event: Event, medium: str) -> list[str]:
    """Return the subscribed e-mail addresses that an event is for, for one medium.

    Addresses of users whom the event reaches are left out. Case is ignored.
    """
    stored = Audience.of(event)
    if not stored.addresses_subscribers() or stored.only is not None:
        return []
    rows = subscriptions(event, medium).exclude(email="").order_by("-pk")
    found = {email.lower(): email for email in rows.values_list("email", flat=True)}
    if found and (name := email_field()):
        for email in members(event, medium).values_list(name, flat=True):
            found.pop((email or "").lower(), None)
    return list(found.values())


def _eligible(event: Event, medium: str) -> QuerySet[Any]:
    """Return the users an event may reach: active, not excluded and not opted out."""
    users = on_primary(get_user_model()._default_manager.filter(**is_active()))
    stored = Audience.of(event)
    if stored.only is not None:
        users = users.filter(among("pk", stored.only))
    if stored.exclude:
        users = users.exclude(among("pk", stored.exclude))
    return users.filter(~_opted_out(topics_of(event)[0], medium))


def _matches(topic: Topic) -> Q:
    """Q: subscriptions that match a topic."""
    matching = Q(_on_target(topic.target_type_id, topic.target_id), type=topic.type_id)
    for name, value in topic.filters.items():
        same_name = SubscriptionFilter.objects.filter(subscription=OuterRef("pk"), name=name)
        matching &= ~Q(Exists(same_name.exclude(value=value)))
    return matching


def _opted_out(topic: Topic, medium: str) -> Q:
    """Q: users who have opted out of a topic for this medium."""
    out = OptOut.objects.filter(
        Q(type=topic.type_id) | Q(type=None),
        Q(type_group=None) | Q(type_group__types=topic.type_id),
        Q(medium=None) | Q(medium=medium),
        _on_target(topic.target_type_id, topic.target_id),
        ~is_required(topic.type_id),
        user=OuterRef("pk"),
    )
    return Q(Exists(out))


def _reached(matching: QuerySet[Subscription], follows: Q) -> Q:
    """Q: users with one of these subscriptions, either their own or that of a group.

    Args:
        matching: the subscriptions.
        follows: Q: users who follow an actor of the event.
    """
    followers = get_user_model()._default_manager.filter(follows).values("pk")
    own = matching.order_by()
    reached = Q(pk__in=own.filter(only_following=False).values("user"))
    reached |= Q(pk__in=own.filter(only_following=True, user__in=followers).values("user"))
    of_groups = matching.exclude(group_type=None).order_by()
    for inside, only_following in _in_groups(of_groups):
        reached |= inside & Q(pk__in=followers) if only_following else inside
    return reached


def _in_groups(of_groups: QuerySet[Subscription]) -> Iterable[tuple[Q, bool]]:
    """Yield Qs: users who are in the groups that subscribe, with `only_following`.

    Groups of one model, role and `only_following` share a Q.
    """
    alike: dict[tuple[int, str, bool], list[str]] = {}
    rows = of_groups.values_list("group_type", "role", "only_following", "group_id")
    for type_id, role, only_following, group_id in rows:
        alike.setdefault((type_id, role, only_following), []).append(group_id)
    for (type_id, role, only_following), group_ids in alike.items():
        group_kind = group_kind_of_type(type_id)
        if group_kind is not None:
            inside = get_user_model()._base_manager.filter(group_kind.users(group_ids, role))
            yield Q(pk__in=inside.values("pk")), only_following


def _actors(event: Event) -> list[following.ObjectRef]:
    if event.actor_type_id is None:
        return []
    actors = [(event.actor_type_id, event.actor_id)]
    if event.pk is None:
        actors += [(actor.actor_type_id, actor.actor_id) for actor in event.unsaved_actors]
    elif event.extra_actor_count:
        rows = event.extra_actors.exclude(actor_type=None)
        actors += rows.values_list("actor_type_id", "actor_id")
    return actors


def _on_target(type_id: int | None, target_id: str) -> Q:
    """Q: subscriptions or opt-outs of this target, or without a target."""
    untargeted = Q(target_type=None)
    return (
        untargeted if type_id is None else untargeted | Q(target_type=type_id, target_id=target_id)
    )
