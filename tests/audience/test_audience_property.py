"""The audience in SQL against a plain reading of its rules, forwards and backwards."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime_notify import audience, notify, subscribe
from realtime_notify.models import Event, Medium, NotificationType, TypeGroup
from realtime_notify.subscriptions.optouts import opt_out
from tests.blog.models import Company, Employment, Post
from tests.settings import EXAMPLES

pytestmark = [pytest.mark.django_db, pytest.mark.sql]

KEYS = ["a", "b"]  # "a" stands on the shelf, "b" does not
MEDIA = ["inbox", "email"]
TITLES = ["boss", "clerk"]
USERS = range(4)  # the last of them is not active
GROUPS = range(2)
TARGETS = st.one_of(st.none(), st.tuples(st.sampled_from(["post", "group"]), st.integers(0, 1)))
FILTERS = st.dictionaries(
    st.sampled_from(["language", "colour"]), st.sampled_from(["x", "y"]), max_size=2
)
ACTORS = st.one_of(
    st.tuples(st.just("user"), st.sampled_from(USERS)),
    st.tuples(st.sampled_from(["group", "company"]), st.sampled_from(GROUPS)),
)


class Wish(NamedTuple):
    """A subscription."""

    kind: str
    number: int
    role: str
    key: str
    target: Any
    filters: dict[str, str]
    media: tuple[str, ...] | None
    only_following: bool


class Refusal(NamedTuple):
    """An opt-out."""

    user: int
    what: str | None  # a key, "shelf", or everything
    medium: str | None
    target: Any


class Address(NamedTuple):
    """What an event is to those whom it is addressed to."""

    key: str
    target: Any
    filters: dict[str, str]


class Happening(NamedTuple):
    """An event."""

    key: str
    target: Any
    filters: dict[str, str]
    actors: list[tuple[str, int]]
    also: list[Address] = []

    def addresses(self) -> list[Address]:
        return [Address(self.key, self.target, self.filters), *self.also]


WISHES = st.builds(
    Wish,
    st.sampled_from(["user", "user", "group", "company"]),
    st.sampled_from(GROUPS),
    st.sampled_from(["", *TITLES]),
    st.sampled_from(KEYS),
    TARGETS,
    FILTERS,
    st.sampled_from([None, None, ("inbox",), ("email",), ("inbox", "email")]),
    st.booleans(),
)
WISHES = WISHES.map(lambda wish: wish if wish.kind == "company" else wish._replace(role=""))
REFUSALS = st.builds(
    Refusal,
    st.sampled_from(USERS),
    st.sampled_from([*KEYS, "shelf", None]),
    st.sampled_from([*MEDIA, None]),
    TARGETS,
)
ADDRESSES = st.builds(Address, st.sampled_from(KEYS), TARGETS, FILTERS)
HAPPENINGS = st.builds(
    Happening,
    st.sampled_from(KEYS),
    TARGETS,
    FILTERS,
    st.lists(ACTORS, max_size=2),
    st.one_of(st.just([]), st.lists(ADDRESSES, max_size=2)),
)
MEMBERS = st.sets(st.tuples(st.sampled_from(USERS), st.sampled_from(GROUPS)))
EMPLOYED = st.dictionaries(
    st.tuples(st.sampled_from(USERS), st.sampled_from(GROUPS)), st.sampled_from(TITLES)
)


def distinct(wish: Wish) -> object:
    """What makes a subscription another one; the last of those that are the same holds."""
    return wish[:5], tuple(sorted(wish.filters.items()))


class Reading:
    """The rules, read plainly."""

    def __init__(self, wishes, refusals, members, employed) -> None:
        self.wishes, self.refusals = wishes, refusals
        self.members, self.employed = members, employed

    def of_all(self, events: list[Happening], medium: str) -> set[tuple[int, int]]:
        return {
            (user, number)
            for user in USERS
            for number, one in enumerate(events)
            if self.concerns(user, one, medium)
        }

    def concerns(self, user: int, event: Happening, medium: str) -> bool:
        own, *others = event.addresses()
        if user == max(USERS) or self.refuses(user, own, medium):
            return False
        return self.reached(user, own, event, medium) or any(
            self.reached(user, one, event, medium) and not self.refuses(user, one, medium)
            for one in others
        )

    def refuses(self, user: int, address: Address, medium: str) -> bool:
        return any(
            one.user == user
            and one.what in (None, address.key, "shelf" if address.key == "a" else None)
            and one.medium in (None, medium)
            and one.target in (None, address.target)
            for one in self.refusals
        )

    def reached(self, user: int, address: Address, event: Happening, medium: str) -> bool:
        return any(
            self.is_subscriber(wish, user)
            and wish.key == address.key
            and wish.target in (None, address.target)
            and (wish.media is None or medium in wish.media)
            and all(
                address.filters.get(name, value) == value for name, value in wish.filters.items()
            )
            and (not wish.only_following or any(self.follows(user, one) for one in event.actors))
            for wish in self.wishes
        )

    def is_subscriber(self, wish: Wish, user: int) -> bool:
        if wish.kind == "user":
            return wish.number == user
        if wish.kind == "group":
            return (user, wish.number) in self.members
        title = self.employed.get((user, wish.number))
        return title is not None and wish.role in ("", title)

    def follows(self, user: int, actor: tuple[str, int]) -> bool:
        kind, number = actor
        if kind == "user":
            return number == user
        if kind == "group":
            return (user, number) in self.members
        return (user, number) in self.employed


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=EXAMPLES)
@given(data=st.data())
def test_the_audience_is_what_its_rules_say(users, data):
    wishes = data.draw(st.lists(WISHES, max_size=6, unique_by=distinct))
    refusals = data.draw(st.lists(REFUSALS, max_size=2))
    members, employed = data.draw(MEMBERS), data.draw(EMPLOYED)
    happenings = data.draw(st.lists(HAPPENINGS, min_size=1, max_size=4))
    reading = Reading(wishes, refusals, members, employed)

    with transaction.atomic():
        people = [*users(max(USERS)), *users("ghost", active=False)]
        groups = [Group.objects.create(pk=n + 1, name=f"g{n}") for n in GROUPS]
        companies = [Company.objects.create(name=f"c{n}") for n in GROUPS]
        posts = [Post.objects.create(pk=n + 1, title=f"p{n}") for n in GROUPS]
        things = {"user": people, "group": groups, "company": companies, "post": posts}
        build(things, wishes, refusals, members, employed)
        events = [tell(things, one) for one in happenings]

        for medium in MEDIA:
            forwards = {
                (people.index(user), number)
                for number, event in enumerate(events)
                for user in audience.members(event, medium)
            }
            backwards = {
                (number, events.index(event))
                for number, user in enumerate(people)
                for event in audience.events_for(user.pk, medium)
            }
            assert forwards == reading.of_all(happenings, medium)
            # Whom an event reaches by a further address is found by what was delivered.
            assert backwards == reading.of_all(
                [one._replace(also=[]) for one in happenings], medium
            )
        transaction.set_rollback(True)


def build(things, wishes, refusals, members, employed) -> None:
    """Make what the rules are about."""
    shelf = TypeGroup.objects.create(name="shelf")
    NotificationType.objects.create(key="a", group=shelf)
    for medium in MEDIA:
        Medium.objects.named(medium)
    for user, group in members:
        things["group"][group].user_set.add(things["user"][user])
    for (user, company), title in employed.items():
        Employment.objects.create(
            user=things["user"][user], company=things["company"][company], title=title
        )
    for wish in wishes:
        subscribe(
            things[wish.kind][wish.number],
            wish.key,
            target_of(things, wish.target),
            filters=wish.filters,
            role=wish.role if wish.kind == "company" else "",
            media=wish.media,
            only_following=wish.only_following,
        )
    for one in refusals:
        opt_out(
            things["user"][one.user],
            one.what if one.what in KEYS else None,
            target_of(things, one.target),
            group="shelf" if one.what == "shelf" else None,
            medium=one.medium,
        )


def tell(things, one: Happening) -> Event:
    """Notify of a happening."""
    return notify(
        "Hello",
        one.key,
        target_of(things, one.target),
        filters=one.filters,
        actors=[things[kind][number] for kind, number in one.actors],
        also=[(key, target_of(things, target), values) for key, target, values in one.also],
    )


def target_of(things, target):
    return None if target is None else things[target[0]][target[1]]
