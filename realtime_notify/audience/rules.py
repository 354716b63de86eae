"""The rules of the audience, in plain Python: what bars one event from one person by one medium.

Each rule answers with the reason why it bars, or with None. Delivery asks whether any of them
bars; an explanation asks which. So there is one set of rules, whoever asks.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType

from realtime_notify.audience import following
from realtime_notify.audience.addressing import Audience, Topic, happened_at, json_id, topics_of
from realtime_notify.audience.facts import Facts, OptOutRow, active_users
from realtime_notify.audience.following import Following, ObjectRef
from realtime_notify.audience.reasons import Reason
from realtime_notify.audience.rows import SubscriptionRow
from realtime_notify.models import Event, Subscription
from realtime_notify.models.arrays import among
from realtime_notify.models.media import INBOX
from realtime_notify.models.profiles import AT_ONCE, NEVER

About = tuple[str, int | None, str]
"""The key of a type, and the content type and primary key of a target."""

Reached = dict[Any, int | None]
"""Users by primary key, in its order, and the own subscription that reached each; None: none did.

Without an own subscription somebody is reached by a group's, as a named recipient, or as one of
everyone.
"""


class Rules:
    """What is known about some people, as the rules ask for it."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._rows: dict[About, list[SubscriptionRow]] = defaultdict(list)
        for row in facts.rows:
            self._rows[row.type, row.target_type, row.target].append(row)
        self._subscribers: dict[About, dict[Any, list[SubscriptionRow]]] = {}
        self._cut: dict[str, set[int]] = {}
        self._media = {key: of_type.media or None for key, of_type in facts.types.items()}

    @cached_property
    def groups(self) -> Mapping[Any, Collection[ObjectRef]]:
        """The groups of each user."""
        return self.facts.groups()

    def subscribers(self, about: About) -> Mapping[Any, list[SubscriptionRow]]:
        """Return the people who subscribe to exactly this, with their subscriptions."""
        found = self._subscribers.get(about)
        if found is None:
            found = self._subscribers[about] = {}
            for row in self._rows.get(about, ()):
                for user in self._people(row):
                    found.setdefault(user, []).append(row)
        return found

    def opt_out(self, user: Any, topic: Topic, medium: str) -> OptOutRow | None:
        """Return an opt-out by which somebody has opted out of a topic; None if there is none.

        Of a type that is required nobody can opt out.
        """
        rows = self.facts.opt_outs.get(user)
        if not rows:
            return None
        of_type = self.facts.types.get(topic.type_id)
        if of_type is not None and of_type.required:
            return None
        group = of_type and of_type.group_id
        target = (topic.target_type_id, topic.target_id)
        for row in rows:
            if (
                row.type in (None, topic.type_id)
                and row.type_group in (None, group)
                and row.medium in (None, medium)
                and (row.target_type is None or (row.target_type, row.target) == target)
            ):
                return row
        return None

    def type_allows(self, key: str, medium: str) -> bool:
        """Return whether the media of a type, which may be all of them, include a medium."""
        media = self._media.get(key)
        return media is None or medium in media

    def agrees(self, row: SubscriptionRow, topic: Topic) -> bool:
        """Return whether a subscription has the topic's value in every filter that both have."""
        wanted = self.facts.filters.get(row.pk)
        return not wanted or all(
            topic.filters.get(name, value) == value for name, value in wanted.items()
        )

    def cut_by(self, lookups: Mapping[str, Any]) -> set[int]:
        """Return the subscriptions that an event's `filter_exclude` cuts."""
        if not lookups or not self.facts.rows:
            return set()
        name = repr(lookups)
        if name not in self._cut:
            rows = {row.pk for row in self.facts.rows}
            found = Subscription.objects.filter(among("pk", rows))
            left = found.exclude(**lookups).order_by().values_list("pk", flat=True)
            self._cut[name] = rows.difference(left)
        return self._cut[name]

    def followers(self, actors: Collection[ObjectRef]) -> Collection[Any]:
        """Return the people who follow one of these actors."""
        if not actors:
            return ()
        policy = following.policy()
        if type(policy) is not Following:
            users = active_users(self.facts.joined).filter(policy.followers_of(actors))
            return set(users.values_list("pk", flat=True))
        user_type = ContentType.objects.get_for_model(get_user_model()).pk
        wanted = set(actors)
        return {
            user
            for user in self.facts.joined
            if (user_type, str(user)) in wanted or not wanted.isdisjoint(self.groups.get(user, ()))
        }

    def _people(self, row: SubscriptionRow) -> Iterable[Any]:
        """Return the people whom a subscription belongs to."""
        if row.group_type is None:
            return (row.user,)
        inside = self.facts.members.get((row.group_type, row.group), ())
        return (user for user, role in inside if row.role in ("", role))


class Case:
    """One event before the rules.

    Args:
        rules: the rules, with what is known about some people.
        event: the event.
        actors: its actors.
    """

    def __init__(self, rules: Rules, event: Event, actors: Collection[ObjectRef] = ()) -> None:
        self.rules = rules
        self.event = event
        self.topics = topics_of(event)
        self.stored = Audience.of(event)
        self._actors = actors

    def reached(self, medium: str, people: Collection[Any] | None = None) -> Reached:
        """Return whom the event reaches by a medium.

        Args:
            medium: the name of the medium.
            people: the only people to ask about; None for all who are known.
        """
        asked = self.rules.facts.joined if people is None else people
        if not self.stored.addresses_subscribers():
            found: Reached = {
                user: None for user in asked if self.bar_to_named(user, medium) is None
            }
        else:
            found = self.subscribed(medium, people)
        return {
            user: found[user]
            for user in asked
            if user in found and self.bar_to_person(user, medium) is None
        }

    def subscribed(self, medium: str, people: Collection[Any] | None = None) -> Reached:
        """Return the people whom the event reaches by a subscription, unless they are barred.

        By a medium other than the inbox, the subscription with the shortest interval counts. Among
        equals it is an own one rather than a group's, one without `only_following`, the oldest.
        """
        best: dict[Any, tuple[float, bool, bool, int]] = {}
        intervals = {} if medium == INBOX else self.rules.facts.intervals
        for user, row, number in self.ways(people):
            if self.bar_to_way(user, row, number, medium) is None:
                every: float = intervals.get((user, row.profile), AT_ONCE) if intervals else AT_ONCE
                every = math.inf if every == NEVER else every
                rank = (every, row.user is None, row.only_following, row.pk)
                known = best.get(user)
                if known is None or rank < known:
                    best[user] = rank
        return {user: None if rank[1] else rank[3] for user, rank in best.items()}

    def bar_to_person(self, user: Any, medium: str) -> Reason | None:
        """Return why an event doesn't reach somebody, in whatever way it is addressed."""
        if user not in self.rules.facts.joined:
            return Reason.INACTIVE
        if self.stored.exclude and _contains(self.stored.exclude, user):
            return Reason.EXCLUDED
        if self.stored.only is not None and not _contains(self.stored.only, user):
            return Reason.NOT_AMONG
        if self.rules.opt_out(user, self.topics[0], medium) is not None:
            return Reason.OPTED_OUT
        return None

    def bar_to_named(self, user: Any, medium: str) -> Reason | None:
        """Return why an event that names people, or everyone, doesn't reach somebody."""
        if self.stored.everyone:
            joined = self.rules.facts.joined.get(user)
            if joined is not None and joined > happened_at(self.event):
                return Reason.JOINED_LATER
        elif not _contains(self.stored.to or [], user):
            return Reason.NOT_NAMED
        if not self.rules.type_allows(self.event.type_id, medium):
            return Reason.MEDIA_OF_TYPE
        return None

    def bar_to_way(
        self, user: Any, row: SubscriptionRow, number: int, medium: str
    ) -> Reason | None:
        """Return why an event doesn't reach somebody by a subscription to one of its topics.

        Args:
            user: the primary key of somebody who subscribes, or whose group does.
            row: the subscription.
            number: the number of the topic among those of the event; its own has the number 0.
            medium: the name of the medium.
        """
        if not row.active:
            return Reason.PAUSED
        if not row.had_begun(self.event):
            return Reason.YOUNGER
        if row.filter is not None and not self.rules.agrees(row, self.topics[number]):
            return Reason.FILTERED
        if row.pk in self._cut:
            return Reason.CUT
        if row.only_following and user not in self._followers:
            return Reason.NOT_FOLLOWING
        # Who has opted out of the event's own topic is out altogether.
        if number and self.rules.opt_out(user, self.topics[number], medium) is not None:
            return Reason.OPTED_OUT_OF_TOPIC
        if row.medium is None:
            allowed = self.rules.type_allows(row.type, medium)
            return None if allowed else Reason.MEDIA_OF_TYPE
        chosen = self.rules.facts.chosen[row.pk]
        return None if medium in chosen else Reason.MEDIA_OF_SUBSCRIPTION

    def ways(
        self, people: Collection[Any] | None = None
    ) -> Iterator[tuple[Any, SubscriptionRow, int]]:
        """Yield people, each with every subscription to a topic, and the number of the topic."""
        for number, topic in enumerate(self.topics):
            abouts: list[About] = [(topic.type_id, None, "")]
            if topic.target_type_id is not None:
                abouts.append((topic.type_id, topic.target_type_id, topic.target_id))
            for about in abouts:
                subscribers = self.rules.subscribers(about)
                for user in subscribers if people is None else people:
                    for row in subscribers.get(user, ()):
                        yield user, row, number

    @cached_property
    def _cut(self) -> Collection[int]:
        return self.rules.cut_by(self.stored.filter_exclude)

    @cached_property
    def _followers(self) -> Collection[Any]:
        return self.rules.followers(self._actors)


def _contains(people: list[Any], user: Any) -> bool:
    """Return whether a sorted list of stored primary keys has a user's."""
    key = json_id(user)
    position = bisect_left(people, key)
    return position < len(people) and people[position] == key
