"""From a user to events: which events are for this user.

These queries apply the rules of `reach` in the other direction, to all events at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from realtime_notify.audience import following
from realtime_notify.audience.conditions import (
    BY_SUBSCRIPTION,
    EVENT_BY_DELIVERY,
    EVENT_FROM_ANY_USER,
    EVENT_FROM_OPT_OUT,
    FEW,
    FOR_EVERYONE,
    about,
    allows_if_named,
    happening,
    matching,
    opt_outs,
)
from realtime_notify.audience.groups import Membership, memberships_of
from realtime_notify.audience.sql import (
    JSONListContains,
    allows_medium,
    email_field,
    had_joined,
    is_active,
    type_allows,
    user_pk_expression,
)
from realtime_notify.models import Event, EventActor, Notification, Subscription
from realtime_notify.models.media import INBOX


def subscriptions_of(user_id: Any) -> QuerySet[Subscription]:
    """Return the subscriptions that reach a user: their own, and those of their groups."""
    return _subscriptions_of(user_id, memberships_of(user_id))


def _subscriptions_of(user_id: Any, groups: Iterable[Membership]) -> QuerySet[Subscription]:
    mine = Q(user=user_id)
    for group in groups:
        in_role = Q(role="") | Q(role=group.role)
        mine |= in_role & Q(group_type=group.type_id, group_id=group.group_id)
    return Subscription.objects.filter(mine, active=True)


def events_for(user_id: Any, medium: str = INBOX) -> QuerySet[Event]:
    """Return the events that are for a user, for one medium.

    An event matches a subscription that existed when the event happened, or was made with
    `backfill`. For the inbox, everything that was delivered to it is included as well, whatever
    the subscriptions are today. Subscriptions are read by this call, events by the queryset.
    """
    delivered = Notification.objects.filter(user=user_id).order_by()
    by_delivery = delivered.filter(EVENT_BY_DELIVERY, event__has_own_audience=True)
    wanted = ~Q(Exists(opt_outs(medium, EVENT_FROM_OPT_OUT).filter(user=user_id)))
    everyone = _one_of_everyone(user_id) & type_allows(medium)
    reached = reached_by_subscription(user_id, medium) | everyone
    if medium == INBOX:
        concerned = (wanted & reached) | _event_in(delivered)
    else:
        concerned = wanted & (reached | (_event_in(by_delivery) & allows_if_named(medium)))
    active = get_user_model()._default_manager.filter(pk=user_id, **is_active())
    return Event.objects.filter(concerned, Exists(active))


def _event_in(rows: QuerySet[Notification]) -> Q:
    """Q: events of these notifications."""
    few = list(rows.values_list("event", flat=True)[: FEW + 1])
    if len(few) <= FEW:
        return Q(pk__in=few)
    return Q(Exists(rows.filter(event=OuterRef("pk"))))


def reached_by_subscription(user_id: Any, medium: str) -> Q:
    """Q: events that reach a user by a subscription."""
    groups = memberships_of(user_id)
    mine = _subscriptions_of(user_id, groups).filter(allows_medium(medium)).order_by()
    concerned = matching(mine)
    subscribed = Q(Exists(concerned.filter(only_following=False)))
    subscribed |= Q(Exists(concerned.filter(only_following=True))) & _by_followed(user_id, groups)
    named = ~Q(audience__has_key="only") | Q(_names("only", user_id))
    eligible = BY_SUBSCRIPTION & named & ~Q(_names("exclude", user_id))
    return about(mine) & subscribed & (Q(has_own_audience=False) | eligible)


def _one_of_everyone(user_id: Any) -> Q:
    """Q: events for everyone that happened when a user had joined."""
    user = get_user_model()._default_manager.filter(pk=user_id)
    joined = user.filter(had_joined(happening(EVENT_FROM_ANY_USER)))
    return FOR_EVERYONE & ~Q(_names("exclude", user_id)) & Q(Exists(joined))


def _names(which: str, user_id: Any) -> JSONListContains:
    """Return whether the list "only" or "exclude" of an event's audience names a user."""
    return JSONListContains(which, F("audience"), user_pk_expression(user_id))


def events_for_email(email: str, medium: str) -> QuerySet[Event]:
    """Return the events that are for an e-mail address but not for a user who has it."""
    mine = Subscription.objects.filter(allows_medium(medium), email=email.lower(), active=True)
    found = Event.objects.filter(
        Q(has_own_audience=False) | BY_SUBSCRIPTION & ~Q(audience__has_key="only"),
        about(mine.order_by()),
        Exists(matching(mine)),
    )
    if name := email_field():
        for user in get_user_model()._default_manager.filter(**{f"{name}__iexact": email}):
            found = found.exclude(pk__in=events_for(user.pk, medium).order_by().values("pk"))
    return found


def _by_followed(user_id: Any, groups: Iterable[Membership]) -> Q:
    """Q: events with an actor whom a user follows."""
    policy = following.policy()
    if type(policy) is following.Following:
        actors = following.oneself_and(user_id, groups)  # the groups are known already
    else:
        actors = policy.followed_by(user_id)
    followed = Q(pk__in=())
    for type_id, pk in actors:
        followed |= Q(actor_type=type_id, actor_id=pk)
    extra = EventActor.objects.filter(followed, event=OuterRef("pk"))
    return followed | Q(Q(extra_actor_count__gt=0), Exists(extra))
