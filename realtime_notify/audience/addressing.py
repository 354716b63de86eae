"""How an event is addressed: the arguments of `notify()`, checked, and as the event stores them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

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


class Also(NamedTuple):
    """Subscribers of another type whom an event concerns as well, as `notify()` takes it.

    Attributes:
        key: the key of their type.
        target: what it happened to, as far as they are concerned.
        filters: the values that their subscriptions may be narrowed by.
    """

    key: str
    target: models.Model | None = None
    filters: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """Whose subscriptions an event is held against: those of a type, a target and filters."""

    type_id: str
    target_type_id: int | None = None
    target_id: str = ""
    filters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Audience:
    """How an event was addressed, as it is stored with the event.

    Attributes:
        to: the people named outright, or None for the subscribers.
        only: of the subscribers just these, or None for all.
        exclude: these people in no case.
        filter_exclude: subscriptions that match these look-ups do not count.
        also: where else subscribers are looked for.
    """

    to: list[Any] | None = None
    only: list[Any] | None = None
    exclude: list[Any] = field(default_factory=list)
    filter_exclude: dict[str, Any] = field(default_factory=dict)
    also: list[Topic] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return what `Event.audience` stores: what was given, and nothing else."""
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
            stored["also"] = [asdict(one) for one in self.also]
        return stored

    @classmethod
    def of(cls, event: Event) -> Audience:
        """Read the audience an event was called with."""
        also = [Topic(**one) for one in event.audience.get("also", ())]
        return cls(**{**event.audience, "also": also})


def topics_of(event: Event) -> list[Topic]:
    """Return the addresses of an event to subscribers, its own first."""
    own = Topic(event.type_id, event.target_type_id, event.target_id, event.filters)
    return [own, *Audience.of(event).also]


def make_audience(
    *,
    recipients: object = None,
    recipient_users: object = None,
    exclude: object = (),
    filter_exclude: dict[str, Any] | None = None,
    also: Iterable[Also | tuple[Any, ...]] = (),
) -> Audience:
    """Turn the arguments of `notify()` into an `Audience`.

    Raises:
        InvalidNotification: the two ways of addressing are mixed, or a look-up is no good.
        InvalidRecipient: somebody named is not a saved user or group.
        InvalidKey, InvalidTarget, InvalidFilter: something is wrong with one of `also`.
    """
    topics = [_topic(*one) for one in also]
    if recipients is not None and recipient_users is not None:
        raise InvalidNotification(
            "recipients= names people outright and recipient_users= narrows the subscribers; "
            "pass one of them."
        )
    if recipients is not None and filter_exclude:
        raise InvalidNotification(
            "filter_exclude= speaks of subscriptions, which recipients= does not ask about; "
            "leave people out with exclude=."
        )
    if recipients is not None and topics:
        raise InvalidNotification(
            "also= speaks of subscribers, whom recipients= does not ask about; pass one of them."
        )
    return Audience(
        to=None if recipients is None else user_ids(recipients),
        only=None if recipient_users is None else user_ids(recipient_users),
        exclude=user_ids(exclude),
        filter_exclude=_storable_lookups(filter_exclude or {}),
        also=topics,
    )


def _topic(
    key: str, target: models.Model | None = None, filters: Mapping[str, Any] | None = None
) -> Topic:
    kind, target_id = reference(target)
    values = filter_values(filters, filters_of(key))
    return Topic(validate_key(key), kind.pk if kind else None, target_id, values)


def user_ids(people: object) -> list[Any]:
    """Return the distinct primary keys of the users in `people`, in their order.

    Args:
        people: a user, a group of a registered model, a queryset of either, or any iterable.

    Raises:
        InvalidRecipient: something in it is neither.
    """
    return list(dict.fromkeys(_pks(people)))


def _pks(people: object) -> Iterable[int | str]:
    if isinstance(people, QuerySet) and issubclass(people.model, get_user_model()):
        yield from map(json_id, people.values_list("pk", flat=True))
    elif isinstance(people, models.Model):
        if people.pk is None:
            raise InvalidRecipient(f"{people!r} is not saved; save it before notifying.")
        if isinstance(people, get_user_model()):
            yield json_id(people.pk)
        else:
            yield from map(json_id, members_of(people).order_by().values_list("pk", flat=True))
    elif isinstance(people, Iterable) and not isinstance(people, str | bytes | dict):
        for one in people:
            yield from _pks(one)
    else:
        raise InvalidRecipient(
            f"{people!r} ({type(people).__name__}) is not a saved user. Pass users, groups, "
            "a queryset of either, or any iterable of them."
        )


def json_id(pk: object) -> int | str:
    """Return a primary key as JSON can hold it; Django's look-ups turn it back."""
    return pk if isinstance(pk, int) else str(pk)


def _storable_lookups(lookups: dict[str, Any]) -> dict[str, Any]:
    """Check look-ups on `Subscription` and make their values storable as JSON."""
    stored: dict[str, Any] = {}
    for name, value in lookups.items():
        # django-nyt reached the user of a subscription through its settings.
        name = name.removeprefix("settings__") if name.startswith("settings__user") else name
        if isinstance(value, QuerySet):
            value = list(value.values_list("pk", flat=True))
        if isinstance(value, list | tuple | set | frozenset):
            stored[name] = [_storable(one) for one in value]
        else:
            stored[name] = _storable(value)
    try:
        # Asked, not only compiled: a regular expression, say, is refused by the database itself.
        if stored:
            with transaction.atomic(using=router.db_for_read(Subscription)):
                Subscription.objects.exclude(**stored).exists()
    except (FieldError, ValueError, TypeError, ValidationError, DatabaseError) as error:
        raise InvalidNotification(
            f"filter_exclude={lookups!r} cannot be looked up on subscriptions: {error}"
        ) from error
    return stored


def _storable(value: object) -> object:
    if isinstance(value, models.Model):
        value = value.pk
    return value if isinstance(value, str | int | float | bool | None) else str(value)
