"""Who an event is for.

There are two ways to address an event, and they do not mix:

- *Subscribers*: everybody with a subscription to the event's type, either without a target or
  with the very target (model and primary key) of the event. An event without a target does not
  reach subscriptions of an object. `recipient_users` narrows, `filter_exclude` and `exclude` cut.
- *Recipients*: these people, subscribed or not.

An inactive user is never in an audience. Nobody is in it twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, Group
from django.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from django.db import models
from django.db.models import Min, Q, QuerySet

from realtime_notify.exceptions import InvalidNotification, InvalidRecipient
from realtime_notify.models import Event, Subscription


@dataclass(frozen=True, slots=True)
class Audience:
    """How an event was addressed, as it is stored with the event.

    Attributes:
        to: the people named outright, or None for the subscribers.
        only: of the subscribers just these, or None for all.
        exclude: these people in no case.
        filter_exclude: subscriptions that match these look-ups do not count.
    """

    to: list[Any] | None = None
    only: list[Any] | None = None
    exclude: list[Any] = field(default_factory=list)
    filter_exclude: dict[str, Any] = field(default_factory=dict)

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
        return stored

    @classmethod
    def of(cls, event: Event) -> Audience:
        """Read the audience an event was called with."""
        return cls(**event.audience)


@dataclass(frozen=True, slots=True)
class Chunk:
    """The next people of an audience.

    Attributes:
        people: user pk -> pk of the subscription that reaches them, or None.
        cursor: where the next chunk starts, or None when this is the last.
    """

    people: dict[Any, int | None]
    cursor: str | None


def address(
    *,
    recipients: object = None,
    recipient_users: object = None,
    exclude: object = (),
    filter_exclude: dict[str, Any] | None = None,
) -> Audience:
    """Turn the arguments of `notify()` into an `Audience`.

    Raises:
        InvalidNotification: the two ways of addressing are mixed, or a look-up is no good.
        InvalidRecipient: somebody named is not a saved user or group.
    """
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
    return Audience(
        to=None if recipients is None else user_ids(recipients),
        only=None if recipient_users is None else user_ids(recipient_users),
        exclude=user_ids(exclude),
        filter_exclude=_storable_lookups(filter_exclude or {}),
    )


def user_ids(people: object) -> list[Any]:
    """Return the distinct primary keys of the users in `people`, in their order.

    Args:
        people: a user, a Group, a queryset of either, or any iterable of users and groups.

    Raises:
        InvalidRecipient: something in it is neither.
    """
    found: dict[Any, None] = {}
    for pk in _pks(people):
        found[pk] = None
    return list(found)


def subscriptions(event: Event) -> QuerySet[Subscription]:
    """Return the subscriptions that an event addressed to subscribers reaches."""
    given = Audience.of(event)
    untargeted = Q(target_type=None)
    if event.target_type_id is None:
        matching = untargeted
    else:
        matching = untargeted | Q(target_type=event.target_type_id, target_id=event.target_id)
    found = Subscription.objects.filter(matching, type=event.type_id)
    found = found.filter(**_is_active("user__"))
    if given.only is not None:
        found = found.filter(user__in=given.only)
    if given.exclude:
        found = found.exclude(user__in=given.exclude)
    if given.filter_exclude:
        found = found.exclude(**given.filter_exclude)
    return found


def members(event: Event) -> QuerySet[AbstractBaseUser]:
    """Return the users an event is for, as one queryset."""
    users = get_user_model()._default_manager.all()
    given = Audience.of(event)
    if given.to is None:
        return users.filter(pk__in=subscriptions(event).order_by().values("user"))
    return users.filter(pk__in=given.to, **_is_active()).exclude(pk__in=given.exclude)


def next_chunk(event: Event, size: int) -> Chunk:
    """Return the people who come next after `event.cursor`, `size` of them at the most.

    A cursor is an offset into the list of the people named outright, and the last user's primary
    key when subscribers are walked in the order of theirs: both stay good after a crash.
    """
    given = Audience.of(event)
    if given.to is not None:
        start = int(event.cursor or 0)
        named = given.to[start : start + size]
        people = dict.fromkeys(members_among(event, named))
        end = start + size
        return Chunk(people, str(end) if end < len(given.to) else None)

    rows = subscriptions(event).order_by("user_id")
    if event.cursor:
        rows = rows.filter(user_id__gt=event.cursor)
    found = list(rows.values_list("user_id").annotate(Min("pk"))[:size])
    cursor = str(found[-1][0]) if len(found) == size else None
    return Chunk(dict(found), cursor)


def members_among(event: Event, named: list[Any]) -> list[Any]:
    """Return who of the people `named` may be notified of `event`, by primary key."""
    excluded = {str(pk) for pk in Audience.of(event).exclude}
    users = get_user_model()._default_manager.filter(pk__in=named, **_is_active())
    return sorted(
        pk for pk in users.order_by().values_list("pk", flat=True) if str(pk) not in excluded
    )


def json_id(pk: object) -> int | str:
    """Return a primary key as JSON can hold it; Django's look-ups turn it back."""
    return pk if isinstance(pk, int) else str(pk)


def _pks(people: object) -> Iterable[Any]:
    if isinstance(people, AbstractBaseUser):
        if people.pk is None:
            raise InvalidRecipient(f"{people!r} is not saved; save the user before notifying.")
        yield json_id(people.pk)
    elif isinstance(people, Group):
        if people.pk is None:
            raise InvalidRecipient(f"{people!r} is not saved; save the group before notifying.")
        members_of = get_user_model()._default_manager.filter(**{_groups_field(): people})
        yield from map(json_id, members_of.order_by().values_list("pk", flat=True))
    elif isinstance(people, QuerySet) and issubclass(people.model, get_user_model()):
        yield from map(json_id, people.values_list("pk", flat=True))
    elif isinstance(people, Iterable) and not isinstance(people, str | bytes | dict):
        for one in people:
            yield from _pks(one)
    else:
        raise InvalidRecipient(
            f"{people!r} ({type(people).__name__}) is not a saved user. Pass users, Groups, "
            "a queryset of either, or any iterable of them."
        )


def _groups_field() -> str:
    """The name of the user model's relation to `Group`; `PermissionsMixin` calls it groups."""
    for relation in get_user_model()._meta.many_to_many:
        if relation.related_model is Group:
            return relation.name
    raise InvalidRecipient(f"{get_user_model().__name__} has no groups; name the users themselves.")


def _is_active(prefix: str = "") -> dict[str, bool]:
    """The look-up that leaves inactive users out, where the user model knows such a thing."""
    try:
        get_user_model()._meta.get_field("is_active")
    except FieldDoesNotExist:
        return {}
    return {f"{prefix}is_active": True}


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
        str(Subscription.objects.exclude(**stored).query)
    except (FieldError, ValueError, TypeError, ValidationError) as error:
        raise InvalidNotification(
            f"filter_exclude={lookups!r} cannot be looked up on subscriptions: {error}"
        ) from error
    return stored


def _storable(value: object) -> object:
    if isinstance(value, models.Model):
        value = value.pk
    return value if isinstance(value, str | int | float | bool | None) else str(value)
