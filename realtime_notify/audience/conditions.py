"""Conditions on events that the queries from users to events share.

They apply the rules of the audience in SQL, to all events at once. They do not repeat how an event
was addressed to recipients, to further topics or with look-ups; such an event is found by the
notifications that its delivery wrote.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from realtime_notify.audience.sql import had_begun, is_required, outer_ref, type_allows
from realtime_notify.models import EventFilter, OptOut, Subscription, SubscriptionFilter

FEW = 100
"""Up to this many values are listed in a query, so that the planner knows how rare they are."""

# Every condition on events is a query inside the query of events, and may contain further ones:
#
#     Event
#     ├─ OptOut
#     ├─ Notification
#     │  └─ OptOut
#     ├─ User
#     │  └─ OptOut
#     └─ Subscription
#        ├─ SubscriptionFilter
#        │  └─ EventFilter
#        └─ User
#           ├─ OptOut
#           └─ EventActor
#
# The levels from a query up to the event, for `outer_ref()`:
EVENT_FROM_OPT_OUT = EVENT_FROM_SUBSCRIPTION = EVENT_FROM_ANY_USER = 1
EVENT_FROM_NOTIFIED_OPT_OUT = EVENT_FROM_ANY_USER_OPT_OUT = 2
EVENT_FROM_USER = 2
EVENT_FROM_USER_OPT_OUT = EVENT_FROM_USER_ACTOR = 3
EVENT_FROM_EVENT_FILTER = 3

# An event addressed so is found by its notifications, any other one by subscriptions.
BY_DELIVERY = Q(audience__has_any_keys=["to", "filter_exclude", "also"])
EVENT_BY_DELIVERY = Q(event__audience__has_any_keys=["to", "filter_exclude", "also"])
BY_SUBSCRIPTION = ~Q(audience__has_any_keys=["to", "filter_exclude", "everyone"])
FOR_EVERYONE = Q(has_own_audience=True, audience__has_key="everyone")


def happening(depth: int) -> Coalesce:
    """Return when the event `depth` levels up happened; see `addressing.happened_at()`."""
    return Coalesce(outer_ref("deliver_at", depth), outer_ref("created", depth))


def matching(subscriptions: QuerySet[Subscription]) -> QuerySet[Subscription]:
    """Return those of the subscriptions that match the event of the outer query."""
    return subscriptions.filter(
        Q(target_type=None)
        | Q(target_type=OuterRef("target_type"), target_id=OuterRef("target_id")),
        ~Exists(_disagreeing_filters()),
        had_begun(happening(EVENT_FROM_SUBSCRIPTION), OuterRef("pk")),
        type=OuterRef("type"),
    )


def _disagreeing_filters() -> QuerySet[SubscriptionFilter]:
    """Return the filters of the outer subscription for which the event has another value."""
    event = outer_ref("pk", EVENT_FROM_EVENT_FILTER)
    of_event = EventFilter.objects.filter(event=event, name=OuterRef("name"))
    differing = of_event.exclude(value=OuterRef("value"))
    return SubscriptionFilter.objects.filter(Exists(differing), subscription=OuterRef("pk"))


def opt_outs(medium: str, depth: int) -> QuerySet[OptOut]:
    """Return the opt-outs that cover the event `depth` levels up; none covers a required type."""
    event_type = outer_ref("type", depth)
    in_target = Q(
        target_type=outer_ref("target_type", depth), target_id=outer_ref("target_id", depth)
    )
    return OptOut.objects.filter(
        Q(type=event_type) | Q(type=None),
        Q(type_group=None) | Q(type_group__types=event_type),
        Q(medium=None) | Q(medium=medium),
        Q(target_type=None) | in_target,
        ~is_required(outer_ref("type", depth + 1)),
    )


def allows_if_named(medium: str) -> Q:
    """Q: events that name no recipients, or are of a type whose media include this one."""
    return ~Q(audience__has_key="to") | type_allows(medium)


def about(rows: QuerySet[Subscription]) -> Q:
    """Q: events whose type and target match any of these subscriptions.

    The other conditions imply this one. It lets the database use the indexes on types and targets
    instead of reading the whole table.
    """
    columns = rows.values_list("type", "target_type", "target_id").distinct()
    few: list[tuple[str, Any, str]] = list(columns[: FEW + 1])
    if len(few) > FEW:
        return Q(type__in=rows.values("type"))
    found = Q(type__in=sorted({key for key, target_type, _ in few if target_type is None}))
    targets: dict[tuple[str, int], list[str]] = {}
    for key, target_type, target_id in few:
        if target_type is not None:
            targets.setdefault((key, target_type), []).append(target_id)
    for (key, target_type), target_ids in targets.items():
        found |= Q(type=key, target_type=target_type, target_id__in=sorted(target_ids))
    return found
