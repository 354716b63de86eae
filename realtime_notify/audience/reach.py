"""Which of given people events reach, by which media, and by which subscription.

`next_chunk()` asks for the next people of one event, `concerned()` for some people and any events,
`still_concerned()` for pairs of both: they find candidates in different ways, and all have them
judged by the same `rules`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from realtime_notify.audience.addressing import Audience
from realtime_notify.audience.facts import active_users, fetch_facts, when_joined
from realtime_notify.audience.following import ObjectRef
from realtime_notify.audience.rows import SubscriptionRow
from realtime_notify.audience.rules import Case, Reached, Rules
from realtime_notify.conf.media import for_people
from realtime_notify.models import Event, EventActor
from realtime_notify.models.arrays import among
from realtime_notify.models.media import INBOX

ReachedBy = dict[str, dict[int, Reached]]
"""Whom events reach: by the name of the medium, then by the primary key of the event."""


def concerned(
    events: Sequence[Event], people: Collection[Any], media: Collection[str] = (INBOX,)
) -> ReachedBy:
    """Return which of these people each event is for, by each of these media.

    The number of statements depends neither on how many people there are nor on how many events
    and media; an event with `filter_exclude` costs one more, and so does one with actors if the
    setting ``FOLLOWING`` names a policy of the project's own.

    Args:
        events: saved events, expired or not.
        people: primary keys of users.
        media: names of media.

    Returns:
        For each medium and each event, those of the people whom it reaches.
    """
    if not events or not people:
        return {medium: {event.pk: {} for event in events} for medium in media}
    return judge(events, when_joined(active_users(people), events), media=media)


def judge(
    events: Sequence[Event],
    joined: dict[Any, datetime | None],
    rows: Collection[SubscriptionRow] | None = None,
    media: Collection[str] = (INBOX,),
) -> ReachedBy:
    """Return which of these people each event reaches; see `fetch_facts()` for the arguments."""
    cases = make_cases(Rules(fetch_facts(events, joined, rows, media)), events)
    return {medium: {case.event.pk: case.reached(medium) for case in cases} for medium in media}


def still_concerned(pairs: Mapping[Event, Collection[Any]], medium: str) -> set[tuple[int, Any]]:
    """Return which pairs of an event and a user hold today.

    The number of statements is that of `concerned()`, and the time is linear in the pairs.

    Args:
        pairs: primary keys of users by the event of which they are to be told.
        medium: the name of the medium by which they are.

    Returns:
        Pairs of the primary keys of an event and a user.
    """
    events = list(pairs)
    people = {user for users in pairs.values() for user in users}
    if not people:
        return set()
    joined = when_joined(active_users(people), events)
    rules = Rules(fetch_facts(events, joined, media=(medium,)))
    return {
        (case.event.pk, user)
        for case in make_cases(rules, events)
        for user in case.reached(medium, pairs[case.event])
    }


def media_of(event: Event) -> tuple[str, ...]:
    """Return the media besides the inbox by which an event may reach people.

    Subscriptions may name any medium; people who are named get what the type says.
    """
    known = for_people()
    if not known or Audience.of(event).addresses_subscribers():
        return known
    chosen = event.type.media
    return tuple(name for name in known if not chosen or name in chosen)


def make_cases(rules: Rules, events: Sequence[Event]) -> list[Case]:
    """Return events before the rules; their actors are looked up if following one matters."""
    actors = _actors(events) if any(row.only_following for row in rules.facts.rows) else {}
    return [Case(rules, event, actors.get(event.pk, ())) for event in events]


def _actors(events: Iterable[Event]) -> dict[int, list[ObjectRef]]:
    """Return the actors of each event, by its primary key."""
    found: dict[int, list[ObjectRef]] = defaultdict(list)
    several = []
    for event in events:
        if event.actor_type_id is not None:
            found[event.pk].append((event.actor_type_id, event.actor_id))
        if event.extra_actor_count:
            several.append(event.pk)
    if several:
        rows = EventActor.objects.exclude(actor_type=None)
        rows = rows.filter(among("event", several)).order_by()
        for event_id, type_id, object_id in rows.values_list("event", "actor_type", "actor_id"):
            found[event_id].append((type_id, object_id))
    return found
