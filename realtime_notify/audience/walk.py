"""The next people of an event's audience, at a cost that depends on nothing but how many they are.

Subscribers are found by *legs*, one for each way of being subscribed; each of them stops by itself
and says how far it came. The chunk ends where the first leg ended, and is merged from what all of
them found until there. Only then, and for these people alone, the rules judge whom the event
really reaches.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from realtime_notify.audience import legs
from realtime_notify.audience.addressing import Audience, happened_at, topics_of
from realtime_notify.audience.facts import active_users, when_joined
from realtime_notify.audience.legs import Leg
from realtime_notify.audience.reach import ReachedBy, judge
from realtime_notify.audience.rows import Subscriptions
from realtime_notify.audience.rules import Reached
from realtime_notify.models import Event
from realtime_notify.models.arrays import among
from realtime_notify.models.media import INBOX
from realtime_notify.models.primary import all_users


@dataclass(frozen=True, slots=True)
class Chunk:
    """The next users of an audience.

    Attributes:
        people: whom it reaches in their inbox: users by primary key, in its order, and the own
            subscription that reached each; None for somebody who is reached through a group, named
            as a recipient, or one of everyone.
        cursor: where the next chunk starts; None if this is the last.
        others: whom it reaches by other media, by the names of those; some of these people may get
            nothing in their inbox.
    """

    people: Reached
    cursor: str | None
    others: Mapping[str, Reached] = field(default_factory=dict)


def next_chunk(event: Event, size: int, media: Sequence[str] = (INBOX,)) -> Chunk:
    """Return at most `size` users, those who come next after `event.cursor`.

    A chunk with few people, or none, need not be the last: those who came next were candidates
    whom the event doesn't reach. For people who are named, the cursor is an offset into their
    list; otherwise it is the primary key of the last candidate. Both remain valid after a crash.

    Args:
        event: a saved event.
        size: the most people, at least 1, by whichever media.
        media: the names of the media to ask about; the inbox is always among them.
    """
    stored = Audience.of(event)
    named = stored.only if stored.to is None else stored.to
    media = tuple(dict.fromkeys([INBOX, *media]))
    return _walk(event, size, media) if named is None else _slice(event, named, size, media)


def _slice(event: Event, named: list[Any], size: int, media: Sequence[str]) -> Chunk:
    """Return the next of the people whom an event names."""
    start = int(event.cursor or 0)
    end = start + size
    joined = when_joined(active_users(named[start:end]), [event])
    found = judge([event], joined, media=media)
    return _chunk(event, found, str(end) if end < len(named) else None)


def _walk(event: Event, size: int, media: Sequence[str]) -> Chunk:
    """Return the next subscribers, or the next of all users."""
    found = _legs(event, size)
    candidates = {person for leg in found for person in leg.people}
    ends = {leg.end for leg in found if leg.end is not None}
    # Compared by the database: the order of keys is its own, unless they are numbers.
    users = active_users(candidates).filter(*(Q(pk__lte=end) for end in ends))
    joined = when_joined(users[: size + 1], [event])
    cursor = None
    if len(joined) > size:
        joined.popitem()
        cursor = str(next(reversed(joined)))
    elif ends:
        cursor = _first_end(candidates, ends)
        if cursor is None:
            return _walk(event, size, media)
    subscriptions = {row.pk: row for leg in found for row in leg.subscriptions}
    return _chunk(event, judge([event], joined, subscriptions.values(), media), cursor)


def _chunk(event: Event, found: ReachedBy, cursor: str | None) -> Chunk:
    by_medium = {medium: reached[event.pk] for medium, reached in found.items()}
    return Chunk(by_medium.pop(INBOX), cursor, by_medium)


def _legs(event: Event, size: int) -> list[Leg]:
    """Return the candidates after the event's cursor."""
    if Audience.of(event).everyone:
        return [legs.everyone(event.cursor, size)]
    subscriptions = Subscriptions(topics_of(event), happened_at(event))
    return [
        *legs.own_legs(subscriptions, event.cursor, size),
        *legs.group_legs(subscriptions, event.cursor, size),
    ]


def _first_end(candidates: Collection[Any], ends: Collection[Any]) -> str | None:
    """Return the smallest of the ends; None if all candidates before it were just deleted."""
    if len(ends) == 1:
        return str(next(iter(ends)))
    # Of users who were deleted this instant nothing is known: the chunk then ends earlier.
    before = (
        all_users()
        .filter(among("pk", {*candidates, *ends}), *(Q(pk__lte=end) for end in ends))
        .order_by("-pk")
    )
    last = before.values_list("pk", flat=True).first()
    return None if last is None else str(last)
