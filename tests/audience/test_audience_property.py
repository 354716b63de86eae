"""The audience in SQL against a plain reading of its rules, forwards and backwards."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_notify import audience
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
        own, *further = event.topics()
        if user == INACTIVE or self.is_opted_out(user, own, medium):
            return False
        return self.is_reached(user, own, event, medium) or any(
            self.is_reached(user, topic, event, medium)
            and not self.is_opted_out(user, topic, medium)
            for topic in further
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

    def is_reached(self, user: int, topic: TopicSpec, event: EventSpec, medium: str) -> bool:
        return any(
            self.is_subscriber(one, user)
            and one.key == topic.key
            and one.target in (None, topic.target)
            and (one.media is None or medium in one.media)
            and all(topic.filters.get(name, value) == value for name, value in one.filters.items())
            and (not one.only_following or any(self.follows(user, a) for a in event.actors))
            for one in self.setup.subscriptions
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


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=EXAMPLES)
@given(setup=SETUPS, specs=st.lists(EVENTS, min_size=1, max_size=4))
def test_the_audience_follows_the_plain_rules(users, setup, specs):
    rules = PlainRules(setup)

    with transaction.atomic():
        scene = Scene(users, setup)
        events = [scene.notify(spec) for spec in specs]

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
            if medium == "inbox":
                found = audience.concerned(events, [user.pk for user in scene.people])
                assert {
                    (n, k)
                    for k, event in enumerate(events)
                    for n, user in enumerate(scene.people)
                    if user.pk in found[event.pk]
                } == rules.audience_of(specs, medium)
            # Events that reach a user by a further topic are found by what was delivered.
            without_also = [spec._replace(also=[]) for spec in specs]
            assert backwards == rules.audience_of(without_also, medium)
        transaction.set_rollback(True)
