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
from tests.audience.specs import (
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
        if event.everyone:
            return user not in self.setup.late
        if event.to is not None:
            return user in event.to
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

    def own_subscription(self, user: int, event: EventSpec) -> int | None:
        """Return the number of the own subscription that counts for a user who is reached."""
        if event.everyone or event.to is not None:
            return None
        subscriptions = self.setup.subscriptions
        own = [
            number
            for number in self.reaching(user, event, "inbox")
            if subscriptions[number].kind == "user"
        ]
        return min(
            own, key=lambda number: (subscriptions[number].only_following, number), default=None
        )

    def is_opted_out(self, user: int, topic: TopicSpec, medium: str) -> bool:
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
            and (one.media is None or medium in one.media)
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


def walked(event: Event, sizes: list[int]) -> dict[Any, int | None]:
    """Walk the whole audience in chunks of these sizes."""
    found: dict[Any, int | None] = {}
    event.cursor = ""
    for size in islice(cycle(sizes), 100):
        chunk = audience.next_chunk(event, size)
        assert len(chunk.people) <= size
        assert not chunk.people.keys() & found.keys()
        found |= chunk.people
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
        reached = [expected(scene, rules, spec) for spec in specs]
        some = [scene.people[number].pk for number in asked]

        assert [walked(event, sizes) for event in events] == reached
        assert audience.concerned(events, some)["inbox"] == {
            event.pk: {user: own for user, own in people.items() if user in some}
            for event, people in zip(events, reached, strict=True)
        }
        for medium in MEDIA:
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


def expected(scene: Scene, rules: PlainRules, spec: EventSpec) -> dict[Any, int | None]:
    """Return whom an event reaches for the inbox, and by which own subscription."""
    reached = {}
    for number, user in enumerate(scene.people):
        if rules.concerns(number, spec, "inbox"):
            own = rules.own_subscription(number, spec)
            reached[user.pk] = None if own is None else scene.subscriptions[own].pk
    return reached
