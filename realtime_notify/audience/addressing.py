"""How an event is addressed: validates the arguments of `notify()` and stores them as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldError, ValidationError
from django.db import DatabaseError, models, router, transaction
from django.db.models import QuerySet

from realtime_notify.audience.groups import members_of
from realtime_notify.audience.subscribers import reference
from realtime_notify.declarations import filters_of
from realtime_notify.exceptions import InvalidNotification, InvalidRecipient
from realtime_notify.filters import filter_values
from realtime_notify.keys import validate_key
from realtime_notify.models import Event, Subscription
from realtime_notify.models.objects import is_saved, named, user_pk


class Everyone(Enum):
    """The type of `EVERYONE`, which is one of a kind, also when it was pickled."""

    EVERYONE = "everyone"

    def __repr__(self) -> str:
        return "EVERYONE"


EVERYONE: Final = Everyone.EVERYONE
"""All active users, subscribed or not: the value of `notify(recipients=...)`."""


class Also(NamedTuple):
    """A further type whose subscribers an event reaches: an item of `notify(also=...)`.

    Attributes:
        key: the key of the type.
        target: the target that their subscriptions are matched against.
        filters: the values that the filters of their subscriptions are matched against.
    """

    key: str
    target: models.Model | None = None
    filters: Mapping[str, Any] | None = None


class Topic(NamedTuple):
    """What subscriptions are matched against: a type, a target and filter values.

    Attributes:
        type_id: the key of the notification type.
        target_type_id: the primary key of the target's content type; None without a target.
        target_id: the target's primary key, as text.
        filters: values by filter name, as `filters.filter_values()` returns them.
    """

    type_id: str
    target_type_id: int | None = None
    target_id: str = ""
    filters: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Audience:
    """How an event is addressed, as `Event.audience` stores it.

    Attributes:
        to: the primary keys of the recipients, sorted; None to address subscribers.
        only: the primary keys of the only subscribers to reach, sorted; None for all of them.
        exclude: the primary keys of users who are never reached, sorted.
        filter_exclude: look-ups; subscriptions that match them are ignored.
        also: further topics whose subscribers are reached.
        everyone: whether all active users are reached, subscribed or not.
    """

    to: list[Any] | None = None
    only: list[Any] | None = None
    exclude: list[Any] = field(default_factory=list)
    filter_exclude: dict[str, Any] = field(default_factory=dict)
    also: list[Topic] = field(default_factory=list)
    everyone: bool = False

    def addresses_subscribers(self) -> bool:
        """Return whether subscribers are reached, rather than recipients or everyone."""
        return self.to is None and not self.everyone

    def to_json(self) -> dict[str, Any]:
        """Return the value of `Event.audience`, without the attributes left at their default."""
        stored: dict[str, Any] = {}
        if self.to is not None:
            stored["to"] = self.to
        if self.only is not None:
            stored["only"] = self.only
        if self.exclude:
            stored["exclude"] = self.exclude
        if self.filter_exclude:
            stored["filter_exclude"] = self.filter_exclude
        if self.also:
            stored["also"] = [
                {**topic._asdict(), "filters": dict(topic.filters)} for topic in self.also
            ]
        if self.everyone:
            stored["everyone"] = True
        return stored

    @classmethod
    def of(cls, event: Event) -> Audience:
        """Read the audience that an event stores."""
        if not event.has_own_audience:  # and the column may not have been loaded
            return _TO_SUBSCRIBERS
        also = [Topic(**stored) for stored in event.audience.get("also", ())]
        return cls(**{**event.audience, "also": also})


_TO_SUBSCRIBERS = Audience()
"""The audience of nearly every event, of which thousands are judged at once."""


def topics_of(event: Event) -> list[Topic]:
    """Return the topics whose subscribers an event addresses, its own first."""
    own = Topic(event.type_id, event.target_type_id, event.target_id, event.filters)
    return [own, *Audience.of(event).also] if event.has_own_audience else [own]


def happened_at(event: Event) -> datetime:
    """Return when an event happened: subscriptions and users made later have no part in it."""
    return event.deliver_at or event.created


def make_audience(
    *,
    recipients: object = None,
    recipient_users: object = None,
    exclude: object = (),
    filter_exclude: dict[str, Any] | None = None,
    also: Iterable[Also | tuple[Any, ...]] = (),
) -> Audience:
    """Validate the arguments of `notify()` that address an event.

    Raises:
        InvalidNotification: recipients are combined with arguments for subscribers, `EVERYONE` is
            combined with other people, or a look-up of `filter_exclude` is invalid.
        InvalidRecipient: a person is not a saved user or group.
        InvalidKey, InvalidTarget, InvalidFilter: an item of `also` is invalid.
    """
    topics = _topics(also)
    if recipients is not None:
        _check_alone(recipient_users, filter_exclude, topics)
    everyone = recipients is EVERYONE
    return Audience(
        to=None if recipients is None or everyone else user_ids(recipients),
        only=None if recipient_users is None else user_ids(recipient_users),
        exclude=user_ids(exclude),
        filter_exclude=_storable_lookups(filter_exclude or {}),
        also=topics,
        everyone=everyone,
    )


def _check_alone(recipient_users: object, filter_exclude: object, also: object) -> None:
    """Refuse what has no effect beside `recipients`."""
    if recipient_users is not None:
        raise InvalidNotification(
            "recipients= replaces the subscribers and recipient_users= narrows them; pass one of "
            "the two."
        )
    if filter_exclude:
        raise InvalidNotification(
            "filter_exclude= filters subscriptions and has no effect with recipients=; use "
            "exclude=."
        )
    if also:
        raise InvalidNotification(
            "also= adds subscribers and has no effect with recipients=; pass one of the two."
        )


def _topics(also: object) -> list[Topic]:
    items: list[Any] = (
        list(also) if isinstance(also, Iterable) and not isinstance(also, str) else [also]
    )
    for item in items:
        if not isinstance(item, tuple | list) or not 1 <= len(item) <= len(Also._fields):
            raise InvalidNotification(
                "also= must be a list of topics, each Also(key) or Also(key, target, filters), not "
                f"{also!r}."
            )
    return [_topic(*item) for item in items]


def _topic(
    key: str, target: models.Model | None = None, filters: Mapping[str, Any] | None = None
) -> Topic:
    target_type, target_id = reference(target)
    values = filter_values(filters, filters_of(key))
    return Topic(validate_key(key), target_type.pk if target_type else None, target_id, values)


def user_ids(people: object) -> list[Any]:
    """Return the distinct primary keys of the users in `people`, sorted, as JSON.

    Args:
        people: a user, a group of a registered model, a queryset of either, or any iterable.

    Raises:
        InvalidNotification: an item is `EVERYONE`.
        InvalidRecipient: an item is not a saved user or group.
    """
    return sorted(set(_pks(people)))


def _pks(people: object) -> Iterable[int | str]:
    if people is EVERYONE:
        raise InvalidNotification(
            "EVERYONE includes everybody else and stands alone: pass recipients=EVERYONE, and "
            "exclude= for those who are to be left out."
        )
    if isinstance(people, QuerySet) and issubclass(people.model, get_user_model()):
        key = get_user_model()._meta.pk.attname  # a child model may have another primary key
        yield from map(json_id, people.values_list(key, flat=True))
    elif isinstance(people, models.Model):
        if not is_saved(people):
            raise InvalidRecipient(
                f"{named(people)} is not saved; save it before calling notify()."
            )
        if isinstance(people, get_user_model()):
            yield json_id(user_pk(people))
        else:
            yield from map(json_id, members_of(people).order_by().values_list("pk", flat=True))
    elif isinstance(people, Iterable) and not isinstance(people, str | bytes | dict):
        for person in people:
            yield from _pks(person)
    else:
        raise InvalidRecipient(
            f"{people!r} ({type(people).__name__}) is not a saved user. Pass users, groups, "
            "a queryset of either, or any iterable of them."
        )


def json_id(pk: object) -> int | str:
    """Return a primary key as a JSON value; Django's look-ups convert it back."""
    return pk if isinstance(pk, int) else str(pk)


def _storable_lookups(lookups: dict[str, Any]) -> dict[str, Any]:
    """Validate look-ups on `Subscription` and return them with JSON values."""
    if not isinstance(lookups, Mapping):
        raise InvalidNotification(
            f"filter_exclude= must be a dictionary of look-ups and values, not {lookups!r}."
        )
    stored: dict[str, Any] = {}
    for name, value in lookups.items():
        # In django-nyt a subscription belongs to a user by way of its settings.
        name = name.removeprefix("settings__") if name.startswith("settings__user") else name
        if isinstance(value, QuerySet):
            value = list(value.values_list("pk", flat=True))
        if isinstance(value, list | tuple | set | frozenset):
            stored[name] = [_storable(item) for item in value]
        else:
            stored[name] = _storable(value)
    try:
        # Run the query: only the database itself rejects an invalid regular expression.
        if stored:
            with transaction.atomic(using=router.db_for_write(Subscription)):
                Subscription.objects.exclude(**stored).exists()
    except (FieldError, ValueError, TypeError, ValidationError, DatabaseError) as error:
        raise InvalidNotification(
            f"filter_exclude={lookups!r} is not a valid look-up on Subscription: {error}"
        ) from error
    return stored


def _storable(value: object) -> object:
    if isinstance(value, models.Model):
        value = value.pk
    return value if isinstance(value, str | int | float | bool | None) else str(value)
