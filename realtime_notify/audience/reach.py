"""Which of given people events reach, and by which subscription: the rules, in plain Python.

`next_chunk()` asks for the next people of one event, `concerned()` for some people and any events:
they find candidates in different ways, and both have them judged here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType

from realtime_notify.audience import following
from realtime_notify.audience.addressing import Audience, Topic, happened_at, json_id, topics_of
from realtime_notify.audience.facts import Facts, active_users, fetch_facts, when_joined
from realtime_notify.audience.following import Following, ObjectRef
from realtime_notify.audience.rows import SubscriptionRow
from realtime_notify.models import Event, EventActor, Subscription
from realtime_notify.models.arrays import among

Reached = dict[Any, int | None]
"""Users by primary key, in its order, and the own subscription that reached each; None: none did.

Without an own subscription somebody is reached by a group's, as a named recipient, or as one of
everyone.
"""


def concerned(events: Sequence[Event], people: Collection[Any]) -> dict[int, Reached]:
    """Return which of these people each event is for, for the inbox.

    The number of statements depends neither on how many people there are nor on how many events;
    an event with `filter_exclude` costs one more, and so does one with actors if the setting
    ``FOLLOWING`` names a policy of the project's own.

    Args:
        events: saved events, expired or not.
        people: primary keys of users.

    Returns:
        For each event, by its primary key, those of the people whom it reaches.
    """
    if not events or not people:
        return {event.pk: {} for event in events}
    return judge(events, when_joined(active_users(people), events))


def judge(
    events: Sequence[Event],
    joined: dict[Any, datetime | None],
    rows: Collection[SubscriptionRow] | None = None,
) -> dict[int, Reached]:
    """Return which of these people each event reaches; see `fetch_facts()` for the arguments."""
    rules = _Rules(fetch_facts(events, joined, rows))
    actors = _actors(events) if any(row.only_following for row in rules.facts.rows) else {}
    return {event.pk: rules.reached(event, actors.get(event.pk, ())) for event in events}


class _Rules:
    """The rules of the audience, applied to what is known about some people."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._by_topic: dict[tuple[str, int | None, str], list[SubscriptionRow]] = defaultdict(list)
        for row in facts.rows:
            self._by_topic[row.type, row.target_type, row.target].append(row)

    def reached(self, event: Event, actors: Collection[ObjectRef]) -> Reached:
        """Return the people whom an event with these actors reaches."""
        stored = Audience.of(event)
        found = self._named(event, stored)
        if found is None:
            found = self._subscribed(event, actors)
        out = self._opted_out(topics_of(event)[0])
        only, exclude = stored.only, stored.exclude
        return {
            user: found[user]
            for user in self.facts.joined
            if user in found
            and user not in out
            and (only is None or _contains(only, user))
            and not (exclude and _contains(exclude, user))
        }

    def _named(self, event: Event, stored: Audience) -> Reached | None:
        """Return the people whom an event names; None if it addresses subscribers."""
        if stored.everyone:
            moment = happened_at(event)
            return {
                user: None
                for user, joined in self.facts.joined.items()
                if joined is None or joined <= moment
            }
        if stored.to is not None:
            return {user: None for user in self.facts.joined if _contains(stored.to, user)}
        return None

    def _subscribed(self, event: Event, actors: Collection[ObjectRef]) -> Reached:
        """Return the people whom an event reaches by a subscription.

        Of several own subscriptions the one without `only_following` counts, then the oldest.
        """
        best: dict[Any, tuple[bool, int] | None] = {}
        for user, row in self._reaching(event, actors):
            known, own = best.get(user), None if row.user is None else (row.only_following, row.pk)
            if known is None or (own is not None and own < known):
                best[user] = own
        return {user: own and own[1] for user, own in best.items()}

    def _reaching(
        self, event: Event, actors: Collection[ObjectRef]
    ) -> Iterator[tuple[Any, SubscriptionRow]]:
        """Yield people, each with every subscription by which an event reaches them."""
        cut = self._cut(event)
        followers = self._followers(actors)
        for number, topic in enumerate(topics_of(event)):
            out = self._opted_out(topic) if number else ()  # of the own topic: out altogether
            for row in self._matching(event, topic):
                if row.pk not in cut:
                    for user in self._people(row):
                        if user not in out and (user in followers or not row.only_following):
                            yield user, row

    def _matching(self, event: Event, topic: Topic) -> Iterator[SubscriptionRow]:
        """Yield the subscriptions that an event of this topic matches."""
        rows = self._by_topic.get((topic.type_id, None, ""), [])
        if topic.target_type_id is not None:
            about = (topic.type_id, topic.target_type_id, topic.target_id)
            rows = [*rows, *self._by_topic.get(about, ())]
        for row in rows:
            if row.had_begun(event) and self._agrees(row, topic):
                yield row

    def _agrees(self, row: SubscriptionRow, topic: Topic) -> bool:
        """Return whether a subscription has the topic's value in every filter that both have."""
        wanted = self.facts.filters.get(row.pk)
        return not wanted or all(
            topic.filters.get(name, value) == value for name, value in wanted.items()
        )

    def _people(self, row: SubscriptionRow) -> Iterable[Any]:
        """Return the people whom a subscription belongs to."""
        if row.group_type is None:
            return (row.user,)
        inside = self.facts.members.get((row.group_type, row.group), ())
        return (user for user, role in inside if row.role in ("", role))

    def _opted_out(self, topic: Topic) -> set[Any]:
        """Return the people who have opted out of a topic."""
        group = self.facts.type_groups.get(topic.type_id)
        target = (topic.target_type_id, topic.target_id)
        return {
            user
            for user, rows in self.facts.opt_outs.items()
            for row in rows
            if row.type in (None, topic.type_id)
            and row.type_group in (None, group)
            and (row.target_type is None or (row.target_type, row.target) == target)
        }

    def _cut(self, event: Event) -> set[int]:
        """Return the subscriptions that an event's `filter_exclude` cuts."""
        lookups = Audience.of(event).filter_exclude
        if not lookups or not self.facts.rows:
            return set()
        rows = {row.pk for row in self.facts.rows}
        found = Subscription.objects.filter(among("pk", rows))
        return rows - set(found.exclude(**lookups).order_by().values_list("pk", flat=True))

    def _followers(self, actors: Collection[ObjectRef]) -> Collection[Any]:
        """Return the people who follow one of these actors."""
        if not actors:
            return ()
        policy = following.policy()
        if type(policy) is not Following:
            users = active_users(self.facts.joined).filter(policy.followers_of(actors))
            return set(users.values_list("pk", flat=True))
        user_type = ContentType.objects.get_for_model(get_user_model()).pk
        wanted, groups = set(actors), self.facts.groups()
        return {
            user
            for user in self.facts.joined
            if (user_type, str(user)) in wanted or not wanted.isdisjoint(groups.get(user, ()))
        }


def _contains(people: list[Any], user: Any) -> bool:
    """Return whether a sorted list of stored primary keys has a user's."""
    key = json_id(user)
    position = bisect_left(people, key)
    return position < len(people) and people[position] == key


def _actors(events: Sequence[Event]) -> dict[int, list[ObjectRef]]:
    """Return the actors of each event, by its primary key."""
    found: dict[int, list[ObjectRef]] = defaultdict(list)
    for event in events:
        if event.actor_type_id is not None:
            found[event.pk].append((event.actor_type_id, event.actor_id))
    several = [event.pk for event in events if event.extra_actor_count]
    if several:
        rows = EventActor.objects.exclude(actor_type=None)
        rows = rows.filter(event__in=several).order_by()
        for event_id, type_id, object_id in rows.values_list("event", "actor_type", "actor_id"):
            found[event_id].append((type_id, object_id))
    return found
