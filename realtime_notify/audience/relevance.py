"""The audience read backwards: which events are for somebody, and which are for anybody at all.

What holds for one event in `audience` holds here for all of them, in one query: the opt-outs, the
filters, the targets, who follows whom, who was narrowed to or excluded. Only how an event was
addressed by name or by look-ups is not repeated: such an event is found by the notifications that
it made.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.fields.json import HasKey
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from realtime_notify.audience import following
from realtime_notify.audience.groups import (
    GroupKind,
    Membership,
    group_kind_of,
    group_kinds,
    memberships_of,
)
from realtime_notify.audience.sql import (
    JSONListContains,
    allows_medium,
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
"""Up to so many are named in a query, so that the database knows how rare they are."""

_BY_NAME = Q(audience__has_any_keys=["to", "filter_exclude", "also"])
_BY_NAME_OF_EVENT = Q(event__audience__has_any_keys=["to", "filter_exclude", "also"])
_BY_SUBSCRIPTION = ~Q(audience__has_any_keys=["to", "filter_exclude"])


def subscriptions_of(user_id: Any) -> QuerySet[Subscription]:
    """Return the subscriptions that reach a user: their own, and those of their groups."""
    return _subscriptions_of(user_id, memberships_of(user_id))


def _subscriptions_of(user_id: Any, groups: Iterable[Membership]) -> QuerySet[Subscription]:
    mine = Q(user=user_id)
    for one in groups:
        in_role = Q(role="") | Q(role=one.role)
        mine |= in_role & Q(group_type=one.type_id, group_id=one.group_id)
    return Subscription.objects.filter(mine, active=True)


def events_for(user_id: Any, medium: str = INBOX) -> QuerySet[Event]:
    """Return the events that are for a user by one medium.

    An event concerns a subscription that was there when it happened, or that was made with
    `backfill`. The inbox moreover keeps what was delivered to it, whatever the subscriptions are
    today. Subscriptions are read now, and events when the queryset is.
    """
    told = Notification.objects.filter(user=user_id).order_by()
    by_name = told.filter(_BY_NAME_OF_EVENT, event__has_own_audience=True)
    wanted = ~Q(Exists(_opt_outs(medium, 1).filter(user=user_id)))
    if medium == INBOX:
        concerned = (wanted & _reached(user_id, medium)) | _event_in(told)
    else:
        concerned = wanted & (_reached(user_id, medium) | _event_in(by_name))
    active = get_user_model()._default_manager.filter(pk=user_id, **is_active())
    return Event.objects.filter(concerned, Exists(active))


def _event_in(rows: QuerySet[Notification]) -> Q:
    """The condition on events of being that of one of these notifications."""
    few = list(rows.values_list("event", flat=True)[: FEW + 1])
    if len(few) <= FEW:
        return Q(pk__in=few)
    return Q(Exists(rows.filter(event=OuterRef("pk"))))


def _reached(user_id: Any, medium: str) -> Q:
    """The condition on events of reaching a user by a subscription."""
    groups = memberships_of(user_id)
    mine = _subscriptions_of(user_id, groups).filter(allows_medium(medium)).order_by()
    concerned = _concerned(mine)
    subscribed = Q(Exists(concerned.filter(only_following=False)))
    subscribed |= Q(Exists(concerned.filter(only_following=True))) & _by_followed(user_id, groups)
    only, exclude = (
        JSONListContains(which, F("audience"), user_pk_expression(user_id))
        for which in ("only", "exclude")
    )
    not_cut = _BY_SUBSCRIPTION & (~Q(audience__has_key="only") | Q(only)) & ~Q(exclude)
    return _about(mine) & subscribed & (Q(has_own_audience=False) | not_cut)


def _about(rows: QuerySet[Subscription]) -> Q:
    """The condition on events of being about what one of these subscriptions is about.

    It follows from what else is asked of them. It is there for the database, which finds by the
    indexes on types and targets what it would otherwise look for in the whole table.
    """
    columns = rows.values_list("type", "target_type", "target_id").distinct()
    few: list[tuple[str, Any, str]] = list(columns[: FEW + 1])
    if len(few) > FEW:
        return Q(type__in=rows.values("type"))
    about = Q(type__in=sorted({kind for kind, target_type, _ in few if target_type is None}))
    targets: dict[tuple[str, int], list[str]] = {}
    for kind, target_type, target_id in few:
        if target_type is not None:
            targets.setdefault((kind, target_type), []).append(target_id)
    for (kind, target_type), target_ids in targets.items():
        about |= Q(type=kind, target_type=target_type, target_id__in=sorted(target_ids))
    return about


def events_for_email(email: str, medium: str) -> QuerySet[Event]:
    """Return the events that are for an e-mail address, and for no user who has it."""
    mine = Subscription.objects.filter(allows_medium(medium), email=email.lower(), active=True)
    found = Event.objects.filter(
        Q(has_own_audience=False) | _BY_SUBSCRIPTION & ~Q(audience__has_key="only"),
        _about(mine.order_by()),
        Exists(_concerned(mine)),
    )
    model = get_user_model()
    name = model.get_email_field_name()
    if any(field.name == name for field in model._meta.fields):
        for user in model._default_manager.filter(**{f"{name}__iexact": email}):
            found = found.exclude(pk__in=events_for(user.pk, medium).order_by().values("pk"))
    return found


def events_by(medium: str) -> QuerySet[Event]:
    """Return the events that are for anybody at all by one medium: a person or an address."""
    mine = Subscription.objects.filter(allows_medium(medium), active=True).order_by()
    by_email = Q(Exists(_concerned(mine.exclude(email="")))) & (
        Q(has_own_audience=False) | ~Q(audience__has_key="only")
    )
    told = Notification.objects.filter(
        ~Exists(_opt_outs(medium, 2).filter(user=OuterRef("user"))),
        event=OuterRef("pk"),
        user__in=get_user_model()._default_manager.filter(**is_active()),
    )
    return Event.objects.filter(
        (
            _about(mine)
            & (Q(has_own_audience=False) | _BY_SUBSCRIPTION)
            & (by_email | _anybody(mine, medium))
        )
        | (Q(has_own_audience=True) & _BY_NAME & Q(Exists(told)))
    )


def _concerned(subscriptions: QuerySet[Subscription]) -> QuerySet[Subscription]:
    """Those of the subscriptions that concern the event around."""
    return subscriptions.filter(
        Q(target_type=None)
        | Q(target_type=OuterRef("target_type"), target_id=OuterRef("target_id")),
        ~Exists(_disagreeing_filters()),
        type=OuterRef("type"),
        since__lte=Coalesce(OuterRef("deliver_at"), OuterRef("created")),
    )


def _disagreeing_filters() -> QuerySet[SubscriptionFilter]:
    """The filters of the subscription around, that the event around that has another value of."""
    of_event = EventFilter.objects.filter(event=outer_ref("pk", 3), name=OuterRef("name"))
    differing = of_event.exclude(value=OuterRef("value"))
    return SubscriptionFilter.objects.filter(Exists(differing), subscription=OuterRef("pk"))


def _opt_outs(medium: str, depth: int) -> QuerySet[OptOut]:
    """The opt-outs of what the event is about, which is `depth` queries further out."""
    kind = outer_ref("type", depth)
    in_target = Q(
        target_type=outer_ref("target_type", depth), target_id=outer_ref("target_id", depth)
    )
    return OptOut.objects.filter(
        Q(type=kind) | Q(type=None),
        Q(type_group=None) | Q(type_group__types=kind),
        Q(medium=None) | Q(medium=medium),
        Q(target_type=None) | in_target,
    )


def _by_followed(user_id: Any, groups: Iterable[Membership]) -> Q:
    """The condition on events of having an actor whom a user follows."""
    followed = Q(pk__in=())
    policy = following.policy()
    as_ever = type(policy) is following.Following
    for type_id, pk in (
        following.oneself_and(user_id, groups) if as_ever else policy.followed_by(user_id)
    ):
        followed |= Q(actor_type=type_id, actor_id=pk)
    extra = EventActor.objects.filter(followed, event=OuterRef("pk"))
    return followed | Q(Q(extra_actor_count__gt=0), Exists(extra))


# Anybody: from the event over its subscriptions to a person whom nothing keeps from it.


def _anybody(rows: QuerySet[Subscription], medium: str) -> Q:
    """The condition on events of reaching some user by one of the subscriptions."""
    reached = Q(pk__in=())
    kinds = rows.filter(email="").values_list("group_type", "only_following").distinct()
    for group_type, only_following in kinds:
        alike = rows.filter(group_type=group_type, only_following=only_following, email="")
        if only_following and type(following.policy()) is not following.Following:
            # There is no way round asking a policy of the project's own for everybody.
            for user_id in _subscribers(alike):
                wanted = ~Q(Exists(_opt_outs(medium, 1).filter(user=user_id)))
                reached |= wanted & _reached(user_id, medium)
            continue
        for those, people in _people(_concerned(alike), group_type, medium):
            for some in _followers(people) if only_following else [people]:
                reached |= Q(Exists(those.filter(Exists(some))))
    return reached


def _subscribers(rows: QuerySet[Subscription]) -> set[Any]:
    """The keys of the active users whom subscriptions reach, groups dissolved."""
    users = get_user_model()._default_manager.filter(**is_active())
    found = set(users.filter(pk__in=rows.values("user")).values_list("pk", flat=True))
    for group_type, group_id, role in rows.exclude(group_type=None).values_list(
        "group_type", "group_id", "role"
    ):
        if group_kind := _group_kind(group_type):
            inside = users.filter(group_kind.users([group_id], role))
            found.update(inside.values_list("pk", flat=True))
    return found


def _people(
    rows: QuerySet[Subscription], group_type: int | None, medium: str
) -> Iterable[tuple[QuerySet[Subscription], QuerySet[Any]]]:
    """Yield subscriptions, and as a query inside them the users whom they reach."""
    not_cut = Exact(outer_ref("has_own_audience", 2), Value(False)) | (
        (
            ~Q(HasKey(outer_ref("audience", 2), "only"))
            | Q(JSONListContains("only", outer_ref("audience", 2), F("pk")))
        )
        & ~Q(JSONListContains("exclude", outer_ref("audience", 2), F("pk")))
    )
    users = get_user_model()._default_manager.filter(
        not_cut, ~Exists(_opt_outs(medium, 3).filter(user=OuterRef("pk"))), **is_active()
    )
    if group_type is None:
        yield rows, users.filter(pk=OuterRef("user"))
    elif group_kind := _group_kind(group_type):
        group = key_in(group_kind.model, OuterRef("group_type"), OuterRef("group_id"))
        yield rows.filter(role=""), users.filter(**{group_kind.members: group})
        if group_kind.role:
            role = {group_kind.role: OuterRef("role")}
            yield rows.exclude(role=""), users.filter(**{group_kind.members: group}, **role)


def _followers(users: QuerySet[Any]) -> Iterable[QuerySet[Any]]:
    """Yield those of the users who follow an actor: themselves, or a group they are in."""
    followed = [(get_user_model(), "pk"), *((one.model, one.members) for one in group_kinds())]
    for model, members in followed:
        # One filter() after the other: the group that acted need not be the one that subscribes.
        actor = key_in(model, outer_ref("actor_type", 2), outer_ref("actor_id", 2))
        yield users.filter(**{members: actor})
        extra = EventActor.objects.filter(event=outer_ref("pk", 3))
        keys = extra.annotate(key=key_in(model, F("actor_type"), F("actor_id")))
        yield users.filter(**{f"{members}__in": keys.order_by().values("key")})


def _group_kind(group_type: int) -> GroupKind | None:
    model = ContentType.objects.get_for_id(group_type).model_class()
    return group_kind_of(model) if model else None
