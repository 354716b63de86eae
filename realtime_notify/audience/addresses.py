"""E-mail addresses without an account that events are for, judged by the same rules as people.

An address has its own subscriptions and nothing else: no groups, no opt-outs, nobody it follows.
One that belongs to a user whom the event reaches by the same medium is left to that user.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.db.models.functions import Lower

from realtime_notify.audience.addressing import Audience, happened_at, topics_of
from realtime_notify.audience.facts import facts_of_addresses
from realtime_notify.audience.legs import abouts_of
from realtime_notify.audience.reach import still_concerned
from realtime_notify.audience.rows import SubscriptionRow, Subscriptions
from realtime_notify.audience.rules import Case, Reached, Rules
from realtime_notify.audience.sql import email_field, is_active
from realtime_notify.models import Event, Subscription
from realtime_notify.models.arrays import among
from realtime_notify.models.primary import on_primary


def next_addresses(event: Event, after: str, size: int, medium: str) -> list[tuple[str, int]]:
    """Return the next addresses that an event is for, with the subscription of each.

    Args:
        event: a saved event.
        after: the address after which to begin; "" for the first of all.
        size: the most addresses, at least 1.
        medium: the name of the medium.

    Returns:
        Pairs of an address and the primary key of its subscription, in the order that the database
        gives to addresses. An empty list means that there are no more.
    """
    if not _addresses_any(event):
        return []
    subscriptions = Subscriptions(topics_of(event), happened_at(event))
    while rows := _next_rows(subscriptions, after, size):
        after = rows[-1].user
        if found := _reached([event], rows, medium)[event.pk]:
            found = _left_to_users({event: found}, medium)[event]
        if found:
            return [(address, own) for address, own in found.items() if own is not None]
    return []


def still_addressed(pairs: Mapping[Event, Collection[str]], medium: str) -> set[tuple[int, str]]:
    """Return which pairs of an event and an address hold today; see `still_concerned()`.

    Args:
        pairs: addresses by the event of which they are to be told.
        medium: the name of the medium by which they are.

    Returns:
        Pairs of the primary key of an event, and an address.
    """
    asked = {event: set(found) for event, found in pairs.items() if found and _addresses_any(event)}
    if not asked:
        return set()
    topics = [topic for event in asked for topic in topics_of(event)]
    subscriptions = Subscriptions(topics, min(map(happened_at, asked)))
    rows = subscriptions.of_addresses({address for some in asked.values() for address in some})
    reached = _reached(list(asked), rows, medium, asked)
    found = _left_to_users({event: reached[event.pk] for event in asked}, medium)
    return {(event.pk, address) for event, some in found.items() for address in some}


def _addresses_any(event: Event) -> bool:
    """Return whether an event may be for addresses: it is for subscribers, and narrows to none."""
    stored = Audience.of(event)
    return stored.addresses_subscribers() and stored.only is None


def _next_rows(subscriptions: Subscriptions, after: str, size: int) -> list[SubscriptionRow]:
    """Return the subscriptions of at most `size` addresses, all that are to the topics."""
    pks: set[int] = set()
    ends: set[int] = set()
    for about in abouts_of(subscriptions.topics):
        leg = Subscription.objects.filter(~Q(email=""), email__gt=after, **about)
        leg = leg.order_by("target_type_id", "target_id", "email")
        found = list(leg.values_list("pk", flat=True)[: size + 1])
        pks.update(found)
        if len(found) > size:
            ends.add(found[-1])
    if not pks:
        return []
    # The order of addresses is the database's own.
    rows = subscriptions.rows_of_addresses(
        Subscription.objects.filter(among("pk", pks)).order_by("email")
    )
    addresses = list(dict.fromkeys(row.user for row in rows))
    # What a leg found last may not be all that its address has there.
    last = next((row.user for row in rows if row.pk in ends), None)
    if last is not None and addresses[0] != last:
        addresses = addresses[: addresses.index(last)]
    elif last is not None:
        addresses = [last]
        rows = subscriptions.of_addresses(addresses)
    kept = set(addresses[:size])
    return [row for row in rows if row.user in kept]


def _reached(
    events: Sequence[Event],
    rows: Sequence[SubscriptionRow],
    medium: str,
    asked: Mapping[Event, Collection[str]] | None = None,
) -> dict[int, Reached]:
    """Return the addresses that events reach by these subscriptions, in the order of the rows."""
    rules = Rules(facts_of_addresses(events, rows, (medium,)))
    return {
        event.pk: Case(rules, event).subscribed(medium, asked[event] if asked else None)
        for event in events
    }


def _left_to_users(reached: Mapping[Event, Reached], medium: str) -> dict[Event, Reached]:
    """Leave out the addresses of users whom the event reaches by this medium."""
    addresses = {address.lower() for found in reached.values() for address in found}
    owners = _owners(addresses)
    pairs = {
        event: [user for address in found for user in owners.get(address.lower(), ())]
        for event, found in reached.items()
    }
    told = still_concerned({event: users for event, users in pairs.items() if users}, medium)
    return {
        event: {
            address: row
            for address, row in found.items()
            if not any((event.pk, user) in told for user in owners.get(address.lower(), ()))
        }
        for event, found in reached.items()
    }


def _owners(addresses: Iterable[str]) -> Mapping[str, list[Any]]:
    """Return the active users who have these addresses, by the address in lower case."""
    found: dict[str, list[Any]] = defaultdict(list)
    wanted = list(addresses)
    name = email_field()
    if name and wanted:
        users = on_primary(get_user_model()._default_manager.filter(**is_active()))
        users = users.annotate(rn_address=Lower(name)).filter(among("rn_address", wanted))
        for user, address in users.order_by("pk").values_list("pk", "rn_address"):
            found[address].append(user)
    return found
