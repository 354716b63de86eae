"""The audience in SQL against a plain reading of its rules, forwards and backwards."""

from __future__ import annotations

from itertools import cycle, islice
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_notify import audience
from realtime_notify.models import Event
from realtime_notify.models.profiles import AT_ONCE, NEVER
from tests.audience.specs import (
    DEFAULT_INTERVAL,
    EVENTS,
    GROUPED_KEY,
    INACTIVE,
    MEDIA,
    SETUPS,
    USERS,
    EventSpec,
    Scene,
    Setup,
    SubscriptionSpec,
    TopicSpec,
)
from tests.settings import EXAMPLES

pytestmark = [pytest.mark.django_db, pytest.mark.sql]


class PlainRules:
    """The rules of the audience in plain Python."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup

    def audience_of(self, events: list[EventSpec], medium: str) -> set[tuple[int, int]]:
        """Return the pairs of a user and the number of an event that concerns the user."""
        return {
            (user, number)
            for user in USERS
            for number, event in enumerate(events)
            if self.concerns(user, event, medium)
        }

    def concerns(self, user: int, event: EventSpec, medium: str) -> bool:
        if user == INACTIVE or user in event.exclude:
            return False
        if event.only is not None and user not in event.only:
            return False
        if self.is_opted_out(user, event.topics()[0], medium):
            return False
        if event.everyone or event.to is not None:
            named = user not in self.setup.late if event.to is None else user in event.to
            return named and self.type_allows(event.key, medium)
        return bool(self.reaching(user, event, medium))

    def reaching(self, user: int, event: EventSpec, medium: str) -> list[int]:
        """Return the numbers of the subscriptions by which a user who is eligible is reached."""
        own, *further = event.topics()
        open_topics = [own, *(one for one in further if not self.is_opted_out(user, one, medium))]
        return [
            number
            for number, one in enumerate(self.setup.subscriptions)
            if any(self.reaches(one, user, topic, event, medium) for topic in open_topics)
        ]

    def own_subscription(self, user: int, event: EventSpec, medium: str) -> int | None:
        """Return the number of the own subscription that counts for a user who is reached."""
        if event.everyone or event.to is not None:
            return None
        reaching = self.reaching(user, event, medium)
        best = min(reaching, key=lambda number: self.rank(user, number, medium))
        return best if self.setup.subscriptions[best].kind == "user" else None

    def rank(self, user: int, number: int, medium: str) -> tuple[Any, ...]:
        """Return what is least for the subscription that counts."""
        one = self.setup.subscriptions[number]
        interval = self.interval(user, one) if medium != "inbox" else AT_ONCE
        return (
            float("inf") if interval == NEVER else interval,
            one.kind != "user",
            one.only_following,
            number,
        )

    def interval(self, user: int, one: SubscriptionSpec) -> int:
        if one.interval is not None:
            return one.interval
        own = [
            each for each in self.setup.subscriptions if (each.kind, each.number) == ("user", user)
        ]
        has_profiles = any(each.interval is not None for each in own)
        return DEFAULT_INTERVAL if has_profiles else AT_ONCE

    def type_allows(self, key: str, medium: str) -> bool:
        media = self.setup.types[key].media
        return media is None or medium in media

    def is_opted_out(self, user: int, topic: TopicSpec, medium: str) -> bool:
        if self.setup.types[topic.key].required:
            return False
        types = {None, topic.key, "group" if topic.key == GROUPED_KEY else None}
        return any(
            one.user == user
            and one.types in types
            and one.medium in (None, medium)
            and one.target in (None, topic.target)
            for one in self.setup.opt_outs
        )

    def reaches(
        self, one: SubscriptionSpec, user: int, topic: TopicSpec, event: EventSpec, medium: str
    ) -> bool:
        return (
            self.is_subscriber(one, user)
            and one.key == topic.key
            and one.target in (None, topic.target)
            and (self.type_allows(one.key, medium) if one.media is None else medium in one.media)
            and all(topic.filters.get(name, value) == value for name, value in one.filters.items())
            and (not one.only_following or any(self.follows(user, a) for a in event.actors))
        )

    def is_subscriber(self, subscription: SubscriptionSpec, user: int) -> bool:
        number = subscription.number
        if subscription.kind == "user":
            return number == user
        if subscription.kind == "group":
            return (user, number) in self.setup.members
        title = self.setup.titles.get((user, number))
        return title is not None and subscription.role in ("", title)

    def follows(self, user: int, actor: tuple[str, int]) -> bool:
        kind, number = actor
        if kind == "user":
            return number == user
        if kind == "group":
            return (user, number) in self.setup.members
        return (user, number) in self.setup.titles


def walked(event: Event, sizes: list[int]) -> dict[str, dict[Any, int | None]]:
    """Walk the whole audience in chunks of these sizes; return whom each medium reaches."""
    found: dict[str, dict[Any, int | None]] = {medium: {} for medium in MEDIA}
    event.cursor = ""
    for size in islice(cycle(sizes), 100):
        chunk = audience.next_chunk(event, size, MEDIA)
        for medium, people in {"inbox": chunk.people, **chunk.others}.items():
            assert len(people) <= size
            assert not people.keys() & found[medium].keys()
            found[medium] |= people
        if chunk.cursor is None:
            return found
        event.cursor = chunk.cursor
    raise AssertionError("The walk doesn't end.")


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=EXAMPLES)
@given(
    setup=SETUPS,
    specs=st.lists(EVENTS, min_size=1, max_size=4),
    sizes=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    asked=st.sets(st.sampled_from(USERS)),
)
def test_the_audience_follows_the_plain_rules(users, setup, specs, sizes, asked):
    rules = PlainRules(setup)

    with transaction.atomic():
        scene = Scene(users, setup)
        events = [scene.notify(spec) for spec in specs]
        some = [scene.people[number].pk for number in asked]
        walks = [walked(event, sizes) for event in events]
        concerned = audience.concerned(events, some, MEDIA)

        for medium in MEDIA:
            reached = [expected(scene, rules, spec, medium) for spec in specs]
            assert [walk[medium] for walk in walks] == reached
            assert concerned[medium] == {
                event.pk: {user: own for user, own in people.items() if user in some}
                for event, people in zip(events, reached, strict=True)
            }
            assert audience.still_concerned(dict.fromkeys(events, some), medium) == {
                (event, user) for event, people in concerned[medium].items() for user in people
            }
            assert the_same(audience.everybody(events, 100, MEDIA), medium, events, reached)
            forwards = {
                (scene.people.index(user), number)
                for number, event in enumerate(events)
                for user in audience.members(event, medium)
            }
            backwards = {
                (number, events.index(event))
                for number, user in enumerate(scene.people)
                for event in audience.events_for(user.pk, medium)
            }
            assert forwards == rules.audience_of(specs, medium)
            # Events for recipients, and those that reach a user by a further topic, are found by
            # what was delivered.
            found = [spec._replace(also=[], to=spec.to and []) for spec in specs]
            assert backwards == rules.audience_of(found, medium)
        transaction.set_rollback(True)


def the_same(found: Any, medium: str, events: list[Event], reached: list[Any]) -> bool:
    """Tell whether audiences that were asked for together are these, if they are small ones."""
    if found is None:
        return any("everyone" in event.audience for event in events)
    together: dict[int, Any] = found[medium]
    return together == dict(zip([event.pk for event in events], reached, strict=True))


def expected(
    scene: Scene, rules: PlainRules, spec: EventSpec, medium: str
) -> dict[Any, int | None]:
    """Return whom an event reaches by a medium, and by which own subscription."""
    reached = {}
    for number, user in enumerate(scene.people):
        if rules.concerns(number, spec, medium):
            own = rules.own_subscription(number, spec, medium)
            reached[user.pk] = None if own is None else scene.subscriptions[own].pk
    return reached
