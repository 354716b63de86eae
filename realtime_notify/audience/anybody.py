"""From anybody to events: those that are for at least one user or e-mail address.

An event has a subscription, which has a user who is eligible.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.fields.json import HasKey
from django.db.models.lookups import Exact

from realtime_notify.audience import following
from realtime_notify.audience.conditions import (
    BY_DELIVERY,
    BY_SUBSCRIPTION,
    EVENT_FROM_ANY_USER,
    EVENT_FROM_ANY_USER_OPT_OUT,
    EVENT_FROM_NOTIFIED_OPT_OUT,
    EVENT_FROM_OPT_OUT,
    EVENT_FROM_USER,
    EVENT_FROM_USER_ACTOR,
    EVENT_FROM_USER_OPT_OUT,
    FOR_EVERYONE,
    about,
    allows_if_named,
    happening,
    matching,
    opt_outs,
)
from realtime_notify.audience.groups import group_kind_of_type, group_kinds
from realtime_notify.audience.relevance import reached_by_subscription
from realtime_notify.audience.sql import (
    JSONListContains,
    allows_medium,
    had_joined,
    is_active,
    key_in,
    outer_ref,
    type_allows,
)
from realtime_notify.models import Event, EventActor, Notification, Subscription


def events_by(medium: str) -> QuerySet[Event]:
    """Return the events that are for any user or e-mail address, for one medium."""
    mine = Subscription.objects.filter(allows_medium(medium), active=True).order_by()
    by_email = Q(Exists(matching(mine.exclude(email="")))) & (
        Q(has_own_audience=False) | ~Q(audience__has_key="only")
    )
    out = opt_outs(medium, EVENT_FROM_NOTIFIED_OPT_OUT).filter(user=OuterRef("user"))
    delivered = Notification.objects.filter(
        ~Exists(out),
        event=OuterRef("pk"),
        user__in=get_user_model()._default_manager.filter(**is_active()),
    )
    return Event.objects.filter(
        (
            about(mine)
            & (Q(has_own_audience=False) | BY_SUBSCRIPTION)
            & (by_email | _anybody(mine, medium))
        )
        # Of a broadcast, hardly anybody need have a notification yet; its recipients are asked for.
        | (
            Q(has_own_audience=True)
            & BY_DELIVERY
            & allows_if_named(medium)
            & (Q(Exists(delivered)) | Q(number__gt=0))
        )
        | (FOR_EVERYONE & type_allows(medium) & Q(Exists(_any_user(medium))))
    )


def _any_user(medium: str) -> QuerySet[Any]:
    """Return the users whom an event for everyone reaches."""
    excluded = JSONListContains("exclude", outer_ref("audience", EVENT_FROM_ANY_USER), F("pk"))
    out = opt_outs(medium, EVENT_FROM_ANY_USER_OPT_OUT).filter(user=OuterRef("pk"))
    return get_user_model()._default_manager.filter(
        had_joined(happening(EVENT_FROM_ANY_USER)), ~Q(excluded), ~Exists(out), **is_active()
    )


def _anybody(rows: QuerySet[Subscription], medium: str) -> Q:
    """Q: events that reach at least one user by one of these subscriptions."""
    reached = Q(pk__in=())
    variants = rows.filter(email="").values_list("group_type", "only_following").distinct()
    for group_type, only_following in variants:
        alike = rows.filter(group_type=group_type, only_following=only_following, email="")
        if only_following and type(following.policy()) is not following.Following:
            # A policy of the project's own can only be asked user by user.
            for user_id in _subscribers(alike):
                out = opt_outs(medium, EVENT_FROM_OPT_OUT).filter(user=user_id)
                reached |= ~Q(Exists(out)) & reached_by_subscription(user_id, medium)
            continue
        for those, users in _users_of(matching(alike), group_type, medium):
            for some in _followers(users) if only_following else [users]:
                reached |= Q(Exists(those.filter(Exists(some))))
    return reached


def _subscribers(rows: QuerySet[Subscription]) -> set[Any]:
    """Return the primary keys of active users who subscribe, or whose groups do."""
    users = get_user_model()._default_manager.filter(**is_active())
    found = set(users.filter(pk__in=rows.values("user")).values_list("pk", flat=True))
    groups = rows.exclude(group_type=None).values_list("group_type", "group_id", "role")
    for group_type, group_id, role in groups:
        if group_kind := group_kind_of_type(group_type):
            inside = users.filter(group_kind.users([group_id], role))
            found.update(inside.values_list("pk", flat=True))
    return found


def _users_of(
    rows: QuerySet[Subscription], group_type: int | None, medium: str
) -> Iterable[tuple[QuerySet[Subscription], QuerySet[Any]]]:
    """Yield subscriptions, each time with the inner query of the users whom they reach."""
    audience = outer_ref("audience", EVENT_FROM_USER)
    own_audience = outer_ref("has_own_audience", EVENT_FROM_USER)
    not_narrowed = ~Q(HasKey(audience, "only")) | Q(JSONListContains("only", audience, F("pk")))
    not_excluded = ~Q(JSONListContains("exclude", audience, F("pk")))
    out = opt_outs(medium, EVENT_FROM_USER_OPT_OUT).filter(user=OuterRef("pk"))
    users = get_user_model()._default_manager.filter(
        Exact(own_audience, Value(False)) | (not_narrowed & not_excluded),
        ~Exists(out),
        **is_active(),
    )
    if group_type is None:
        yield rows, users.filter(pk=OuterRef("user"))
    elif group_kind := group_kind_of_type(group_type):
        group = key_in(group_kind.model, OuterRef("group_type"), OuterRef("group_id"))
        yield rows.filter(role=""), users.filter(**{group_kind.members: group})
        if group_kind.role:
            role = {group_kind.role: OuterRef("role")}
            yield rows.exclude(role=""), users.filter(**{group_kind.members: group}, **role)


def _followers(users: QuerySet[Any]) -> Iterable[QuerySet[Any]]:
    """Yield those of the users who follow an actor: themselves, or a group they are in."""
    type_id = outer_ref("actor_type", EVENT_FROM_USER)
    object_id = outer_ref("actor_id", EVENT_FROM_USER)
    extra = EventActor.objects.filter(event=outer_ref("pk", EVENT_FROM_USER_ACTOR))
    followed = [(get_user_model(), "pk"), *((kind.model, kind.members) for kind in group_kinds())]
    for model, members in followed:
        # A filter() of its own: the group that acted need not be the group that subscribes.
        yield users.filter(**{members: key_in(model, type_id, object_id)})
        keys = extra.annotate(key=key_in(model, F("actor_type"), F("actor_id")))
        yield users.filter(**{f"{members}__in": keys.order_by().values("key")})
