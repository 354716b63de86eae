"""Chunks: whom an event reaches next, in the inbox and by every other medium.

An event walks its users first. Those whose inbox was busy come back as stragglers. After the last
user come the e-mail addresses of people without an account, one medium after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone

from realtime_notify import audience
from realtime_notify.audience.addressing import json_id, topics_of
from realtime_notify.audience.rows import about
from realtime_notify.inbox.arrivals import Reached
from realtime_notify.models import Event, Subscription
from realtime_notify.models.arrays import among
from realtime_notify.models.media import INBOX
from realtime_notify.outbox import backends, endpoints_for

MANY_STRAGGLERS = 2000
"""So many stragglers have their turn before the walk goes on, since the event stores them."""


@dataclass(frozen=True)
class Chunk:
    """The next of those whom an event reaches.

    Attributes:
        people: whom it reaches in their inbox, each with the own subscription that reaches them.
        others: whom it reaches by other media, by the names of those.
        addresses: the same of e-mail addresses.
        endpoints: the primary keys of the endpoints that are told.
        cursor: where the next chunk starts; "" at the end.
        at_addresses: whether the next chunk starts among addresses.
        later: the stragglers who are not in this chunk.
    """

    people: Reached = field(default_factory=dict)
    others: Mapping[str, Reached] = field(default_factory=dict)
    addresses: Mapping[str, Reached] = field(default_factory=dict)
    endpoints: list[int] = field(default_factory=list)
    cursor: str = ""
    at_addresses: bool = False
    later: list[list[Any]] = field(default_factory=list)

    @cached_property
    def users(self) -> Reached:
        """Everybody whom it reaches by any medium, each with some own subscription."""
        if not self.others:
            return self.people
        found = dict(self.people)
        for reached in self.others.values():
            for user, subscription in reached.items():
                found.setdefault(user, subscription)
        return found

    def size(self) -> int:
        """Return how many people it reaches."""
        return len(self.users) + sum(map(len, self.addresses.values()))

    def straggler(self, user: Any) -> list[Any]:
        """Return how an event stores somebody who is left for later."""
        return [json_id(user), self.users[user]]


def next_chunk(event: Event, size: int) -> Chunk:
    """Return the next of those whom an event reaches.

    Args:
        event: the event.
        size: the most users, and the most addresses.
    """
    if event.expires_at is not None and event.expires_at <= timezone.now():
        return Chunk()
    media = audience.media_of(event)
    late = event.stragglers
    is_walked = bool(late) and not event.cursor
    if is_walked or len(late) >= MANY_STRAGGLERS:
        return _stragglers(event, size, media)
    if event.at_addresses:
        addresses, cursor = _next_addresses(event, size, media)
        return Chunk(addresses=addresses, cursor=cursor, at_addresses=True, later=late)
    found = audience.next_chunk(event, size, (INBOX, *media))
    endpoints = endpoints_for([event])[event.pk] if event.started_at is None else []
    people = {} if event.lazy else found.people  # inboxes take a broadcast in by themselves
    if found.cursor is not None:
        return Chunk(people, found.others, endpoints=endpoints, cursor=found.cursor, later=late)
    addresses, cursor = _next_addresses(event, size, media)
    return Chunk(people, found.others, addresses, endpoints, cursor, bool(cursor), late)


def may_reach_addresses(events: Sequence[Event]) -> set[int]:
    """Return those of the events, by primary key, to whose topics an e-mail address subscribes.

    One statement; none unless the setting ``MEDIA`` has a medium for addresses.
    """
    media = {medium for event in events for medium in audience.media_of(event)}
    if not any(backends()[medium].is_for_addresses for medium in media):
        return set()
    topics = {event.pk: topics_of(event) for event in events}
    asked = [topic for some in topics.values() for topic in some]
    rows = Subscription.objects.filter(
        about(asked), among("type", {topic.type_id for topic in asked}), user=None, active=True
    )
    types = set(rows.exclude(email="").order_by().values_list("type_id", flat=True).distinct())
    return {pk for pk, some in topics.items() if any(topic.type_id in types for topic in some)}


def _stragglers(event: Event, size: int, media: tuple[str, ...]) -> Chunk:
    """Return stragglers, judged anew: some have opted out, or unsubscribed, or left meanwhile."""
    to_python = get_user_model()._meta.pk.to_python
    people = [to_python(user) for user, _ in event.stragglers[:size]]
    found = audience.concerned([event], people, (INBOX, *media))
    reached = {medium: by_event[event.pk] for medium, by_event in found.items()}
    in_inbox = reached.pop(INBOX)
    return Chunk(
        {} if event.lazy else in_inbox,
        reached,
        cursor=event.cursor,
        at_addresses=event.at_addresses,
        later=event.stragglers[size:],
    )


def _next_addresses(
    event: Event, size: int, media: tuple[str, ...]
) -> tuple[Mapping[str, Reached], str]:
    """Return the next addresses by the medium that reaches them, and where to go on."""
    left = [medium for medium in media if backends()[medium].is_for_addresses]
    after = ""
    if event.at_addresses:
        medium, _, after = event.cursor.partition("\n")
        left = left[left.index(medium) :] if medium in left else []
    for medium in left:
        if found := audience.next_addresses(event, after, size, medium):
            return {medium: dict(found)}, f"{medium}\n{found[-1][0]}"
        after = ""
    return {}, ""
