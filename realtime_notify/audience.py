"""Who an event is for, and, read backwards, which events are for somebody.

There are two ways to address an event, and they do not mix:

- *Subscribers*: everybody reached by a subscription to the event's type: their own, or one of a
  group they are in. A subscription without a target hears of all of the type, one with a target of
  just that (model and primary key); an event without a target does not reach subscriptions of an
  object. A subscription's filters must agree with the event's, where both say something of the
  same name. `recipient_users` narrows, `filter_exclude` and `exclude` cut.
- *Recipients*: these people, subscribed or not.

An opt-out beats both. An inactive user is never in an audience. Nobody is in it twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from realtime_notify import following
from realtime_notify.addressing import Audience
from realtime_notify.groups import groups_of, membership_of
from realtime_notify.models import (
    Event,
    EventActor,
    EventFilter,
    Notification,
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


# Forwards: whom does this event concern?


def subscriptions(event: Event, medium: str = INBOX) -> QuerySet[Subscription]:
    """Return the subscriptions that an event addressed to subscribers matches, by one medium."""
    given = Audience.of(event)
    found = Subscription.objects.filter(
        _on_target(event.target_type_id, event.target_id),
        _by_medium(medium),
        type=event.type_id,
        active=True,
        since__lte=event.created,
    )
    for name, value in event.filters.items():
        same_name = SubscriptionFilter.objects.filter(subscription=OuterRef("pk"), name=name)
        found = found.filter(~Exists(same_name.exclude(value=value)))
    if given.filter_exclude:
        found = found.exclude(**given.filter_exclude)
    return found


def members(event: Event, medium: str = INBOX) -> QuerySet[Any]:
    """Return the users an event is for by one medium, as one queryset."""
    given = Audience.of(event)
    if given.to is not None:
        return _not_cut(event, medium).filter(pk__in=given.to)
    return _not_cut(event, medium).filter(_reached(event, subscriptions(event, medium)))


def addresses(event: Event, medium: str) -> list[str]:
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
    users = get_user_model()._default_manager.filter(**_is_active())
    given = Audience.of(event)
    if given.only is not None:
        users = users.filter(pk__in=given.only)
    if given.exclude:
        users = users.exclude(pk__in=given.exclude)
    out = OptOut.objects.filter(
        Q(type=event.type_id) | Q(type=None),
        Q(type_group=None) | Q(type_group__types=event.type_id),
        Q(medium=None) | Q(medium=medium),
        _on_target(event.target_type_id, event.target_id),
        user=OuterRef("pk"),
    )
    return users.filter(~Exists(out))


def _reached(event: Event, matching: QuerySet[Subscription]) -> Q:
    """The condition on users of being reached by one of these, their own or a group's."""
    follows = following.policy().followers_of(_actors(event))
    followers = get_user_model()._default_manager.filter(follows).values("pk")
    own = matching.order_by()
    reached = Q(pk__in=own.filter(only_following=False).values("user"))
    reached |= Q(pk__in=own.filter(only_following=True, user__in=followers).values("user"))
    of_groups = matching.exclude(group_type=None).order_by()
    for inside, only_following in _memberships(of_groups):
        reached |= inside & Q(pk__in=followers) if only_following else inside
    return reached


def _memberships(of_groups: QuerySet[Subscription]) -> Iterable[tuple[Q, bool]]:
    """Yield the conditions on users of being in the groups, alike ones together."""
    alike: dict[tuple[int, str, bool], list[str]] = {}
    rows = of_groups.values_list("group_type", "role", "only_following", "group_id")
    for type_id, role, only_following, group_id in rows:
        alike.setdefault((type_id, role, only_following), []).append(group_id)
    for (type_id, role, only_following), group_ids in alike.items():
        model = ContentType.objects.get_for_id(type_id).model_class()
        membership = membership_of(model) if model else None
        if membership is not None:  # else: a kind of group that is no longer registered
            inside = get_user_model()._base_manager.filter(membership.users(group_ids, role))
            yield Q(pk__in=inside.values("pk")), only_following


def _actors(event: Event) -> list[following.Reference]:
    if event.actor_type_id is None:
        return []
    actors = [(event.actor_type_id, event.actor_id)]
    if event.further:
        rows = event.further_actors.exclude(actor_type=None)
        actors += rows.values_list("actor_type_id", "actor_id")
    return actors


# Backwards: which events concern this person?


def subscriptions_of(user_id: Any) -> QuerySet[Subscription]:
    """Return the subscriptions that reach a user: their own, and those of their groups."""
    mine = Q(user=user_id)
    for one in groups_of(user_id):
        in_role = Q(role="") | Q(role=one.role)
        mine |= in_role & Q(group_type=one.type_id, group_id=one.group_id)
    return Subscription.objects.filter(mine, active=True)


def events_for(user_id: Any, medium: str = INBOX) -> QuerySet[Event]:
    """Return the events that are for a user by one medium: the same question, backwards.

    An event concerns a subscription that was there when it happened, or that was made with
    `backfill`. Events that were not simply for their subscribers are found by the notification
    they made.
    """
    matching = subscriptions_of(user_id).filter(
        Q(target_type=None)
        | Q(target_type=OuterRef("target_type"), target_id=OuterRef("target_id")),
        ~Exists(_disagreeing_filters()),
        _by_medium(medium),
        type=OuterRef("type"),
        since__lte=Coalesce(OuterRef("deliver_at"), OuterRef("created")),
    )
    followed = Q(pk__in=())
    for type_id, pk in following.policy().followed_by(user_id):
        followed |= Q(actor_type=type_id, actor_id=pk)
    by_followed = followed | Q(Exists(EventActor.objects.filter(followed, event=OuterRef("pk"))))
    out = OptOut.objects.filter(
        Q(type=OuterRef("type")) | Q(type=None),
        Q(type_group=None) | Q(type_group__types=OuterRef("type")),
        Q(medium=None) | Q(medium=medium),
        Q(target_type=None)
        | Q(target_type=OuterRef("target_type"), target_id=OuterRef("target_id")),
        user=user_id,
    )
    subscribed = Exists(matching.filter(only_following=False)) | (
        Exists(matching.filter(only_following=True)) & by_followed
    )
    told = Notification.objects.filter(event=OuterRef("pk"), user=user_id)
    return Event.objects.filter(
        (Q(narrowed=False) & subscribed & ~Exists(out)) | Exists(told),
        Exists(get_user_model()._default_manager.filter(pk=user_id, **_is_active())),
    )


def _disagreeing_filters() -> QuerySet[SubscriptionFilter]:
    """The filters of the subscription around, that the event around that has another value of."""
    of_event = EventFilter.objects.filter(
        event=OuterRef(OuterRef(OuterRef("pk"))), name=OuterRef("name")
    )
    differing = of_event.exclude(value=OuterRef("value"))
    return SubscriptionFilter.objects.filter(Exists(differing), subscription=OuterRef("pk"))


def _on_target(type_id: int | None, target_id: str) -> Q:
    """The condition on interests of being in this target, or in whatever target."""
    untargeted = Q(target_type=None)
    return (
        untargeted if type_id is None else untargeted | Q(target_type=type_id, target_id=target_id)
    )


def _by_medium(medium: str) -> Q:
    """The condition on subscriptions of wanting to be reached by a medium."""
    chosen = Subscription.media.through.objects.filter(subscription=OuterRef("pk"))
    return Q(~Exists(chosen)) | Q(Exists(chosen.filter(medium=medium)))


def _is_active() -> dict[str, bool]:
    """The look-up that leaves inactive users out, where the user model knows such a thing."""
    try:
        get_user_model()._meta.get_field("is_active")
    except FieldDoesNotExist:
        return {}
    return {"is_active": True}
