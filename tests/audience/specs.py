"""Plain descriptions of subscriptions, opt-outs and events, and the database made from them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from django.contrib.auth.models import Group
from django.utils import timezone
from hypothesis import strategies as st

from realtime_notify import EVERYONE, notify, subscribe
from realtime_notify.models import (
    DeliveryProfile,
    Event,
    Medium,
    NotificationType,
    Subscription,
    TypeGroup,
)
from realtime_notify.models.profiles import AT_ONCE, DAILY, NEVER, WEEKLY
from realtime_notify.subscriptions.optouts import opt_out
from tests.blog.models import Company, Employment, Post

KEYS = ["a", "b"]
GROUPED_KEY = "a"  # the other key is in no group of types
MEDIA = ["inbox", "email"]
TITLES = ["boss", "clerk"]
USERS = range(4)
INACTIVE = max(USERS)
GROUPS = range(2)
DEFAULT_INTERVAL = DAILY
"""That of the default profiles of those who have other profiles, too; others have no profile."""

Target = tuple[str, int] | None
"""A kind of object and its number."""


class TopicSpec(NamedTuple):
    """What subscriptions are matched against."""

    key: str
    target: Target
    filters: dict[str, str]


class SubscriptionSpec(NamedTuple):
    """A subscription."""

    kind: str
    number: int
    role: str
    key: str
    target: Target
    filters: dict[str, str]
    media: tuple[str, ...] | None
    only_following: bool
    interval: int | None
    """That of a profile of its own, which only users have; None for the default profile."""

    def possible(self) -> SubscriptionSpec:
        """Return it without a role or an interval, if its subscriber can have none."""
        role = self.role if self.kind == "company" else ""
        interval = self.interval if self.kind == "user" else None
        return self._replace(role=role, interval=interval)

    def identity(self) -> object:
        """Return what no two subscriptions share: a second one replaces the first."""
        return self[:5], tuple(sorted(self.filters.items()))


class OptOutSpec(NamedTuple):
    """An opt-out."""

    user: int
    types: str | None
    """A key, "group" for the group of types, or None for all of them."""
    medium: str | None
    target: Target


class EventSpec(NamedTuple):
    """An event."""

    key: str
    target: Target
    filters: dict[str, str]
    actors: list[tuple[str, int]]
    also: list[TopicSpec] = []
    everyone: bool = False
    to: list[int] | None = None
    only: list[int] | None = None
    exclude: list[int] = []

    def topics(self) -> list[TopicSpec]:
        """Return the topics whose subscribers it addresses, its own first."""
        return [TopicSpec(self.key, self.target, self.filters), *self.also]


class TypeSpec(NamedTuple):
    """A type: by which media it is sent, and whether it can be switched off."""

    media: tuple[str, ...] | None
    required: bool


class Setup(NamedTuple):
    """What is there before an event."""

    types: dict[str, TypeSpec]
    """The types by key."""
    subscriptions: list[SubscriptionSpec]
    opt_outs: list[OptOutSpec]
    members: set[tuple[int, int]]
    """Pairs of a user and a group."""
    titles: dict[tuple[int, int], str]
    """Job titles by user and company."""
    late: set[int]
    """Users who joined after the event."""


# --- strategies -----------------------------------------------------------------------------------

_TARGETS = st.one_of(st.none(), st.tuples(st.sampled_from(["post", "group"]), st.integers(0, 1)))
_FILTERS = st.dictionaries(
    st.sampled_from(["language", "colour"]), st.sampled_from(["x", "y"]), max_size=2
)
_ACTORS = st.one_of(
    st.tuples(st.just("user"), st.sampled_from(USERS)),
    st.tuples(st.sampled_from(["group", "company"]), st.sampled_from(GROUPS)),
)
_PAIRS = st.tuples(st.sampled_from(USERS), st.sampled_from(GROUPS))
_MEDIA = st.sampled_from([None, None, ("inbox",), ("email",), ("inbox", "email")])
_TYPES = st.builds(TypeSpec, _MEDIA, st.sampled_from([False, False, True]))
_SUBSCRIPTIONS = st.builds(
    SubscriptionSpec,
    st.sampled_from(["user", "user", "group", "company"]),
    st.sampled_from(GROUPS),
    st.sampled_from(["", *TITLES]),
    st.sampled_from(KEYS),
    _TARGETS,
    _FILTERS,
    _MEDIA,
    st.booleans(),
    st.sampled_from([None, None, AT_ONCE, WEEKLY, NEVER]),
).map(lambda spec: spec.possible())
_OPT_OUTS = st.builds(
    OptOutSpec,
    st.sampled_from(USERS),
    st.sampled_from([*KEYS, "group", None]),
    st.sampled_from([*MEDIA, None]),
    _TARGETS,
)
_TOPICS = st.builds(TopicSpec, st.sampled_from(KEYS), _TARGETS, _FILTERS)
_SOME_USERS = st.one_of(st.none(), st.none(), st.lists(st.sampled_from(USERS), max_size=3))


def _addressed_once(spec: EventSpec) -> EventSpec:
    """Drop what `notify()` refuses beside recipients."""
    if spec.everyone:
        return spec._replace(to=None, only=None, also=[])
    return spec if spec.to is None else spec._replace(only=None, also=[])


EVENTS = st.builds(
    EventSpec,
    st.sampled_from(KEYS),
    _TARGETS,
    _FILTERS,
    st.lists(_ACTORS, max_size=2),
    st.one_of(st.just([]), st.lists(_TOPICS, max_size=2)),
    st.sampled_from([False, False, False, True]),
    _SOME_USERS,
    _SOME_USERS,
    st.lists(st.sampled_from(USERS), max_size=1),
).map(_addressed_once)
SETUPS = st.builds(
    Setup,
    st.fixed_dictionaries(dict.fromkeys(KEYS, _TYPES)),
    st.lists(_SUBSCRIPTIONS, max_size=6, unique_by=SubscriptionSpec.identity),
    st.lists(_OPT_OUTS, max_size=2),
    st.sets(_PAIRS),
    st.dictionaries(_PAIRS, st.sampled_from(TITLES)),
    st.sets(st.sampled_from(USERS), max_size=1),
)


# --- the database ---------------------------------------------------------------------------------


class Scene:
    """A setup in the database.

    Args:
        users: the fixture that creates users.
        setup: what to create.
    """

    def __init__(self, users: Callable[..., list[Any]], setup: Setup) -> None:
        self.people = [*users(INACTIVE), *users("ghost", active=False)]
        self._objects: dict[str, list[Any]] = {
            "user": self.people,
            "group": [Group.objects.create(pk=n + 1, name=f"g{n}") for n in GROUPS],
            "company": [Company.objects.create(name=f"c{n}") for n in GROUPS],
            "post": [Post.objects.create(pk=n + 1, title=f"p{n}") for n in GROUPS],
        }
        group = TypeGroup.objects.create(name="group")
        for key, (media, _) in setup.types.items():
            NotificationType.objects.create(
                key=key, group=group if key == GROUPED_KEY else None, media=media
            )
        for medium in MEDIA:
            Medium.objects.named(medium)
        self._join(setup)
        self.subscriptions = [self._subscribe(one) for one in setup.subscriptions]
        for one in setup.opt_outs:
            self._opt_out(one)
        # Afterwards, since nobody can opt out of what is required.
        required = [key for key, kind in setup.types.items() if kind.required]
        NotificationType.objects.filter(pk__in=required).update(required=True)

    def notify(self, spec: EventSpec) -> Event:
        """Notify of an event."""
        people: dict[str, Any] = {"exclude": self._users(spec.exclude)}
        if spec.everyone:
            people["recipients"] = EVERYONE
        if spec.to is not None:
            people["recipients"] = self._users(spec.to)
        if spec.only is not None:
            people["recipient_users"] = self._users(spec.only)
        return notify(
            "Hello",
            spec.key,
            self._object(spec.target),
            filters=spec.filters,
            actors=[self._object(actor) for actor in spec.actors],
            also=[(key, self._object(target), values) for key, target, values in spec.also],
            **people,
        )

    def _users(self, numbers: list[int]) -> list[Any]:
        return [self.people[number] for number in numbers]

    def _join(self, setup: Setup) -> None:
        for user in setup.late:
            self.people[user].date_joined = timezone.now() + timedelta(days=1)
            self.people[user].save()
        for user, group in setup.members:
            self._objects["group"][group].user_set.add(self.people[user])
        for (user, company), title in setup.titles.items():
            Employment.objects.create(
                user=self.people[user], company=self._objects["company"][company], title=title
            )

    def _subscribe(self, spec: SubscriptionSpec) -> Subscription:
        profile = None
        if spec.interval is not None:
            own = DeliveryProfile.objects.filter(user=self.people[spec.number])
            if not own.exists():
                DeliveryProfile.objects.create(
                    user=self.people[spec.number], interval=DEFAULT_INTERVAL
                )
            profile = DeliveryProfile.objects.create(
                user=self.people[spec.number], interval=spec.interval
            )
        return subscribe(
            self._object((spec.kind, spec.number)),
            spec.key,
            self._object(spec.target),
            filters=spec.filters,
            role=spec.role,
            media=spec.media,
            only_following=spec.only_following,
            profile=profile,
        )

    def _opt_out(self, spec: OptOutSpec) -> None:
        opt_out(
            self.people[spec.user],
            spec.types if spec.types in KEYS else None,
            self._object(spec.target),
            group="group" if spec.types == "group" else None,
            medium=spec.medium,
        )

    def _object(self, named: Target) -> Any:
        return None if named is None else self._objects[named[0]][named[1]]
