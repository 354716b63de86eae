"""Facts: all that some dispatches are judged and written by, read by a few statements for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Max, Q
from django.utils.module_loading import import_string

from realtime_notify import audience, outbox
from realtime_notify.audience.addressing import happened_at
from realtime_notify.audience.facts import active_users
from realtime_notify.conf import settings
from realtime_notify.inbox.broadcasts import try_to_take_in
from realtime_notify.models import (
    DeliveryProfile,
    Dispatch,
    DispatchItem,
    DispatchState,
    Endpoint,
    Event,
    Inbox,
    Notification,
    RestedAddress,
    Subscription,
)
from realtime_notify.models.arrays import among
from realtime_notify.models.primary import all_users
from realtime_notify.outbox import MediumBackend, Reader
from realtime_notify.outbox.windows import Rhythm

ReaderOf = Callable[[Any, "DeliveryProfile | None"], Reader]


class Badge(NamedTuple):
    """The numbers of an inbox that messages depend on."""

    unread: int
    seen: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about some dispatches at a moment.

    Attributes:
        now: the moment.
        backend: the backend of their medium.
        items: the events of each dispatch, in the order in which they happened.
        users: users by primary key.
        active: the primary keys of the active ones.
        reachable: the primary keys of those whom the medium reaches.
        badges: the numbers of their inboxes.
        readers: how they read.
        rhythms: how often they want to be interrupted, by user and own subscription.
        endpoints: endpoints by primary key.
        concerned: pairs of an event and a user that hold today.
        addressed: pairs of an event and an e-mail address that hold today.
        told: when notifications were last sent by this medium.
        resting: e-mail addresses that rest.
    """

    now: datetime
    backend: MediumBackend
    items: Mapping[int, list[DispatchItem]]
    users: Mapping[Any, Any] = field(default_factory=dict)
    active: Collection[Any] = ()
    reachable: Collection[Any] = ()
    badges: Mapping[Any, Badge] = field(default_factory=dict)
    readers: Mapping[Any, Reader] = field(default_factory=dict)
    rhythms: Mapping[Any, Rhythm] = field(default_factory=dict)
    endpoints: Mapping[int, Endpoint] = field(default_factory=dict)
    concerned: Collection[tuple[int, Any]] = ()
    addressed: Collection[tuple[int, str]] = ()
    told: Mapping[int, datetime] = field(default_factory=dict)
    resting: Collection[str] = ()


def gather(dispatches: Sequence[Dispatch], backend: MediumBackend, now: datetime) -> Facts:
    """Return what is known about some dispatches of one medium.

    The number of statements does not depend on how many there are.

    Args:
        dispatches: the dispatches.
        backend: the backend of their medium.
        now: the moment at which events count as expired.
    """
    people = {row.user_id for row in dispatches if row.user_id is not None}
    if people:
        # What nobody has looked at yet counts on the badge, and may be read from now on.
        try_to_take_in(people, wait=False)
    items = _items(dispatches)
    users = _users(people)
    profiles = _profiles(people)
    readers = _readers(users, profiles)
    by_user = _pairs(dispatches, items, "user_id")
    by_address = _pairs(dispatches, items, "address")
    medium = backend.name
    return Facts(
        now=now,
        backend=backend,
        items=items,
        users=users,
        active=active_users(people).values_list("pk", flat=True) if people else (),
        reachable=backend.reachable(people) if people else (),
        badges=_badges(people),
        readers=readers,
        rhythms=outbox.rhythms_of(
            (row.user_id, item.subscription_id)
            for row in dispatches
            for item in items[row.pk]
            if not row.endpoint_id
        ),
        endpoints=_endpoints(dispatches),
        concerned=audience.still_concerned(by_user, medium) if by_user else (),
        addressed=audience.still_addressed(by_address, medium) if by_address else (),
        told=_told(items, medium),
        resting=_resting(dispatches, readers, now) if backend.is_for_addresses else (),
    )


def _items(dispatches: Sequence[Dispatch]) -> dict[int, list[DispatchItem]]:
    """Return the items of each dispatch, with their events, notifications and subscriptions."""
    owners = {row.pk: row.user_id for row in dispatches}
    rows = list(DispatchItem.objects.filter(among("dispatch", owners)).order_by())
    lazy = Event.objects.filter(among("pk", {row.event_id for row in rows}), lazy=True)
    _find_notifications(rows, owners, set(lazy.values_list("pk", flat=True)) if rows else set())
    events = _events(rows)
    subscriptions = _subscriptions(rows)
    found: dict[int, list[DispatchItem]] = defaultdict(list, {pk: [] for pk in owners})
    for row in rows:
        if row.event_id not in events:  # removed this moment
            continue
        row.event = events[row.event_id]
        row.subscription = subscriptions.get(row.subscription_id)
        if row.notification is not None and row.notification.event_id in events:
            row.notification.event = events[row.notification.event_id]
        found[row.dispatch_id].append(row)
    for own in found.values():
        own.sort(key=lambda row: (happened_at(row.event), row.event_id))
    return found


def _find_notifications(
    rows: Sequence[DispatchItem], owners: Mapping[int, Any], lazy: Collection[int]
) -> None:
    """Give items their notifications; that of a broadcast came later than the item, if at all."""
    named = {row.notification_id for row in rows if row.notification_id is not None}
    by_event = [row for row in rows if row.notification_id is None and row.event_id in lazy]
    condition = Q(among("pk", named))
    if by_event:
        users = {owners[row.dispatch_id] for row in by_event} - {None}
        events = {row.event_id for row in by_event}
        condition |= Q(among("event", events), among("user", users))
    found = list(Notification.objects.filter(condition).order_by()) if named or by_event else []
    by_pk = {one.pk: one for one in found}
    by_pair = {(one.event_id, one.user_id): one for one in found}
    for row in rows:
        if row.notification_id is not None:
            row.notification = by_pk.get(row.notification_id)
        elif row.event_id in lazy:
            row.notification = by_pair.get((row.event_id, owners[row.dispatch_id]))


def _events(rows: Iterable[DispatchItem]) -> dict[int, Event]:
    pks = {row.event_id for row in rows}
    pks |= {row.notification.event_id for row in rows if row.notification is not None}
    events = Event.objects.select_related("type__group").defer("stragglers")
    return events.filter(among("pk", pks)).order_by().in_bulk() if pks else {}


def _subscriptions(rows: Iterable[DispatchItem]) -> dict[Any, Subscription]:
    pks = {row.subscription_id for row in rows if row.subscription_id is not None}
    return Subscription.objects.filter(among("pk", pks)).order_by().in_bulk() if pks else {}


def _users(people: Collection[Any]) -> dict[Any, Any]:
    return {user.pk: user for user in all_users().filter(among("pk", people))} if people else {}


def _profiles(people: Collection[Any]) -> dict[Any, DeliveryProfile]:
    if not people:
        return {}
    rows = DeliveryProfile.objects.filter(among("user", people), is_default=True)
    return {row.user_id: row for row in rows.order_by("-pk")}


def _readers(
    users: Mapping[Any, Any], profiles: Mapping[Any, DeliveryProfile]
) -> dict[Any, Reader]:
    reader_of: ReaderOf = import_string(settings.READER)
    return {pk: reader_of(user, profiles.get(pk)) for pk, user in users.items()}


def _pairs(
    dispatches: Iterable[Dispatch], items: Mapping[int, list[DispatchItem]], who: str
) -> dict[Event, set[Any]]:
    """Return the recipients of each event: users, or addresses of people without an account."""
    found: dict[Event, set[Any]] = defaultdict(set)
    for row in dispatches:
        if recipient := getattr(row, who):
            for item in items[row.pk]:
                found[item.event].add(recipient)
    return found


def _badges(people: Collection[Any]) -> dict[Any, Badge]:
    if not people:
        return {}
    rows = Inbox.objects.filter(among("pk", people)).values_list("pk", "unread", "seen")
    return {pk: Badge(unread, seen) for pk, unread, seen in rows}


def _endpoints(dispatches: Iterable[Dispatch]) -> dict[int, Endpoint]:
    pks = {row.endpoint_id for row in dispatches if row.endpoint_id is not None}
    return Endpoint.objects.filter(among("pk", pks)).order_by().in_bulk() if pks else {}


def _told(items: Mapping[int, list[DispatchItem]], medium: str) -> dict[int, datetime]:
    pks = {row.notification_id for own in items.values() for row in own if row.notification_id}
    if not pks:
        return {}
    sent = DispatchItem.objects.filter(
        among("notification", pks),
        reason="",
        dispatch__state=DispatchState.SENT,
        dispatch__medium=medium,
    )
    last = sent.order_by().values("notification").annotate(last=Max("dispatch__finished_at"))
    return dict(last.values_list("notification", "last"))


def _resting(
    dispatches: Iterable[Dispatch], readers: Mapping[Any, Reader], now: datetime
) -> set[str]:
    addresses = {row.address.lower() for row in dispatches}
    addresses |= {reader.address.lower() for reader in readers.values()}
    rows = RestedAddress.objects.filter(among("pk", addresses - {""}))
    return set(rows.filter(Q(until=None) | Q(until__gt=now)).values_list("pk", flat=True))
