"""The whole audiences of several events at once, as long as they are small."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from realtime_notify.audience.addressing import Audience, happened_at, topics_of
from realtime_notify.audience.legs import group_legs
from realtime_notify.audience.reach import ReachedBy, concerned
from realtime_notify.audience.rows import Subscriptions
from realtime_notify.models import Event
from realtime_notify.models.media import INBOX


def everybody(
    events: Sequence[Event], limit: int, media: Collection[str] = (INBOX,)
) -> ReachedBy | None:
    """Return whom each of several events reaches, if they have few candidates in all.

    The number of statements does not depend on how many events there are, except as in
    `concerned()`.

    Args:
        events: saved events.
        limit: the most candidates to consider.
        media: names of media.

    Returns:
        The people by each medium and the primary key of each event, as `concerned()` returns them;
        None if there are more candidates.
    """
    candidates: set[Any] = set()
    to_subscribers = []
    for event in events:
        stored = Audience.of(event)
        named = stored.only if stored.to is None else stored.to
        if stored.everyone or (named is not None and len(named) > limit):
            return None
        if named is None:
            to_subscribers.append(event)
        else:
            candidates.update(named)
    if to_subscribers and len(candidates) <= limit:
        candidates |= _subscribers(to_subscribers, limit)
    return None if len(candidates) > limit else concerned(events, candidates, media)


def _subscribers(events: Sequence[Event], limit: int) -> set[Any]:
    """Return who may be reached by a subscription; more than `limit` mean that some are missing."""
    topics = [topic for event in events for topic in topics_of(event)]
    subscriptions = Subscriptions(topics, min(map(happened_at, events)))
    found = set(subscriptions.owners(limit + 1))
    if len(found) <= limit:
        for leg in group_legs(subscriptions, "", limit + 1):
            found.update(leg.people)
    return found
