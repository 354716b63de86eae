"""From a user to events: which events are for this user, and which are for anybody at all.

These queries apply the rules of `recipients` in the other direction, to all events at once:
opt-outs, filters, targets, following, narrowing and exclusion. They do not repeat how an event was
addressed to recipients, to further topics or with look-ups; such an event is found by the
notifications that its delivery wrote.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.fields.json import HasKey
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from realtime_notify.audience import following
from realtime_notify.audience.groups import (
    Membership,
    group_kind_of_type,
    group_kinds,
    memberships_of,
)
from realtime_notify.audience.sql import (
    JSONListContains,
    allows_medium,
    email_field,
    is_active,
    key_in,
    outer_ref,
    user_pk_expression,
)
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

FEW = 100
"""Up to this many values are listed in a query, so that the planner knows how rare they are."""

# Every condition on events is a query inside the query of events, and may contain further ones:
#
#     Event
#     ├─ OptOut
#     ├─ Notification
#     │  └─ OptOut
#     └─ Subscription
#        ├─ SubscriptionFilter
#        │  └─ EventFilter
#        └─ User
#           ├─ OptOut
#           └─ EventActor
#
# The levels from a query up to the event, for `outer_ref()`:
EVENT_FROM_OPT_OUT = 1
EVENT_FROM_NOTIFIED_OPT_OUT = 2
EVENT_FROM_USER = 2
EVENT_FROM_USER_OPT_OUT = EVENT_FROM_USER_ACTOR = 3
EVENT_FROM_EVENT_FILTER = 3

# An event addressed so is found by its notifications, any other one by subscriptions.
_BY_DELIVERY = Q(audience__has_any_keys=["to", "filter_exclude", "also"])
_EVENT_BY_DELIVERY = Q(event__audience__has_any_keys=["to", "filter_exclude", "also"])
_BY_SUBSCRIPTION = ~Q(audience__has_any_keys=["to", "filter_exclude"])


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
    by_delivery = delivered.filter(_EVENT_BY_DELIVERY, event__has_own_audience=True)
    wanted = ~Q(Exists(_opt_outs(medium, EVENT_FROM_OPT_OUT).filter(user=user_id)))
    if medium == INBOX:
        concerned = (wanted & _reached(user_id, medium)) | _event_in(delivered)
    else:
        concerned = wanted & (_reached(user_id, medium) | _event_in(by_delivery))
    active = get_user_model()._default_manager.filter(pk=user_id, **is_active())
    return Event.objects.filter(concerned, Exists(active))


def _event_in(rows: QuerySet[Notification]) -> Q:
    """Q: events of these notifications."""
    few = list(rows.values_list("event", flat=True)[: FEW + 1])
    if len(few) <= FEW:
        return Q(pk__in=few)
    return Q(Exists(rows.filter(event=OuterRef("pk"))))


def _reached(user_id: Any, medium: str) -> Q:
    """Q: events that reach a user by a subscription."""
    groups = memberships_of(user_id)
    mine = _subscriptions_of(user_id, groups).filter(allows_medium(medium)).order_by()
    concerned = _concerned(mine)
    subscribed = Q(Exists(concerned.filter(only_following=False)))
    subscribed |= Q(Exists(concerned.filter(only_following=True))) & _by_followed(user_id, groups)
    only, exclude = (
        JSONListContains(which, F("audience"), user_pk_expression(user_id))
        for which in ("only", "exclude")
    )
    eligible = _BY_SUBSCRIPTION & (~Q(audience__has_key="only") | Q(only)) & ~Q(exclude)
    return _about(mine) & subscribed & (Q(has_own_audience=False) | eligible)


def _about(rows: QuerySet[Subscription]) -> Q:
    """Q: events whose type and target match any of these subscriptions.

    The other conditions imply this one. It lets the database use the indexes on types and targets
    instead of reading the whole table.
    """
    columns = rows.values_list("type", "target_type", "target_id").distinct()
    few: list[tuple[str, Any, str]] = list(columns[: FEW + 1])
    if len(few) > FEW:
        return Q(type__in=rows.values("type"))
    about = Q(type__in=sorted({key for key, target_type, _ in few if target_type is None}))
    targets: dict[tuple[str, int], list[str]] = {}
    for key, target_type, target_id in few:
        if target_type is not None:
            targets.setdefault((key, target_type), []).append(target_id)
    for (key, target_type), target_ids in targets.items():
        about |= Q(type=key, target_type=target_type, target_id__in=sorted(target_ids))
    return about


def events_for_email(email: str, medium: str) -> QuerySet[Event]:
    """Return the events that are for an e-mail address but not for a user who has it."""
    mine = Subscription.objects.filter(allows_medium(medium), email=email.lower(), active=True)
    found = Event.objects.filter(
        Q(has_own_audience=False) | _BY_SUBSCRIPTION & ~Q(audience__has_key="only"),
        _about(mine.order_by()),
        Exists(_concerned(mine)),
    )
    if name := email_field():
        for user in get_user_model()._default_manager.filter(**{f"{name}__iexact": email}):
            found = found.exclude(pk__in=events_for(user.pk, medium).order_by().values("pk"))
    return found


def events_by(medium: str) -> QuerySet[Event]:
    """Return the events that are for any user or e-mail address, for one medium."""
    mine = Subscription.objects.filter(allows_medium(medium), active=True).order_by()
    by_email = Q(Exists(_concerned(mine.exclude(email="")))) & (
        Q(has_own_audience=False) | ~Q(audience__has_key="only")
    )
    opt_outs = _opt_outs(medium, EVENT_FROM_NOTIFIED_OPT_OUT).filter(user=OuterRef("user"))
    delivered = Notification.objects.filter(
        ~Exists(opt_outs),
        event=OuterRef("pk"),
        user__in=get_user_model()._default_manager.filter(**is_active()),
    )
    return Event.objects.filter(
        (
            _about(mine)
            & (Q(has_own_audience=False) | _BY_SUBSCRIPTION)
            & (by_email | _anybody(mine, medium))
        )
        | (Q(has_own_audience=True) & _BY_DELIVERY & Q(Exists(delivered)))
    )


def _concerned(subscriptions: QuerySet[Subscription]) -> QuerySet[Subscription]:
    """Return those of the subscriptions that match the event of the outer query."""
    return subscriptions.filter(
        Q(target_type=None)
        | Q(target_type=OuterRef("target_type"), target_id=OuterRef("target_id")),
        ~Exists(_disagreeing_filters()),
        type=OuterRef("type"),
        since__lte=Coalesce(OuterRef("deliver_at"), OuterRef("created")),
    )


def _disagreeing_filters() -> QuerySet[SubscriptionFilter]:
    """Return the filters of the outer subscription for which the event has another value."""
    event = outer_ref("pk", EVENT_FROM_EVENT_FILTER)
    of_event = EventFilter.objects.filter(event=event, name=OuterRef("name"))
    differing = of_event.exclude(value=OuterRef("value"))
    return SubscriptionFilter.objects.filter(Exists(differing), subscription=OuterRef("pk"))


def _opt_outs(medium: str, depth: int) -> QuerySet[OptOut]:
    """Return the opt-outs that cover the event `depth` levels up."""
    event_type = outer_ref("type", depth)
    in_target = Q(
        target_type=outer_ref("target_type", depth), target_id=outer_ref("target_id", depth)
    )
    return OptOut.objects.filter(
        Q(type=event_type) | Q(type=None),
        Q(type_group=None) | Q(type_group__types=event_type),
        Q(medium=None) | Q(medium=medium),
        Q(target_type=None) | in_target,
    )


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


# For anybody: an event has a subscription, which has a user who is eligible.


def _anybody(rows: QuerySet[Subscription], medium: str) -> Q:
    """Q: events that reach at least one user by one of these subscriptions."""
    reached = Q(pk__in=())
    variants = rows.filter(email="").values_list("group_type", "only_following").distinct()
    for group_type, only_following in variants:
        alike = rows.filter(group_type=group_type, only_following=only_following, email="")
        if only_following and type(following.policy()) is not following.Following:
            # A policy of the project's own can only be asked user by user.
            for user_id in _subscribers(alike):
                opt_outs = _opt_outs(medium, EVENT_FROM_OPT_OUT).filter(user=user_id)
                reached |= ~Q(Exists(opt_outs)) & _reached(user_id, medium)
            continue
        for those, users in _users_of(_concerned(alike), group_type, medium):
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
    opt_outs = _opt_outs(medium, EVENT_FROM_USER_OPT_OUT).filter(user=OuterRef("pk"))
    users = get_user_model()._default_manager.filter(
        Exact(own_audience, Value(False)) | (not_narrowed & not_excluded),
        ~Exists(opt_outs),
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
