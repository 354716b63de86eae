"""Subscribing and unsubscribing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AbstractBaseUser
from django.db import models, router, transaction

from realtime_notify.audience.subscribers import Subscriber, digest, model_label, reference
from realtime_notify.declarations import filters_of
from realtime_notify.exceptions import InvalidMedium, InvalidRequest
from realtime_notify.filters import filter_values
from realtime_notify.keys import validate_key
from realtime_notify.models import (
    DeliveryProfile,
    Event,
    Medium,
    NotificationType,
    Subscription,
    SubscriptionFilter,
)
from realtime_notify.models.arrays import among
from realtime_notify.models.moments import stored
from realtime_notify.models.transactions import writing
from realtime_notify.subscriptions import profiles
from realtime_notify.subscriptions.interests import keys_of_many
from realtime_notify.wire import push

SubscriberLike = AbstractBaseUser | models.Model | str
"""A user, a group of a registered model, or an e-mail address."""


def subscribe(
    subscriber: SubscriberLike,
    key: str,
    target: models.Model | None = None,
    *,
    filters: Mapping[str, Any] | None = None,
    role: str = "",
    media: Iterable[str] | None = None,
    profile: DeliveryProfile | None = None,
    only_following: bool = False,
    backfill: bool | datetime | None = None,
) -> Subscription:
    """Subscribe to every event of a type, or to those with one target.

    Subscribing again to the same topic updates the subscription. Open browsers receive the next
    event without a reload.

    Args:
        subscriber: a saved user, a group of a registered model with all its members, or an
            e-mail address.
        key: the key of the notification type, which is created if it does not exist.
        target: a saved model instance; None for every event of the type.
        filters: values by filter name. An event that has a filter of the same name must have the
            same value.
        role: only members of the group in this role; "" for all members.
        media: the names of the media; None for those of the type, or, for an existing subscription,
            to keep its media.
        profile: one of the user's own delivery profiles. None for the user's default, or, for an
            existing subscription, to keep its profile.
        only_following: only events with an actor whom the subscriber follows.
        backfill: show earlier events in feeds: True for all of them, or a datetime to start from.

    Returns:
        The subscription, new or updated.

    Raises:
        InvalidKey, InvalidRecipient, InvalidTarget, InvalidFilter, InvalidMedium: an argument is
            invalid. Nothing was written.
        InvalidProfile, InvalidRequest: likewise the profile, or the backfill.
    """
    who = Subscriber.of(subscriber, role)
    if profile is not None:
        profiles.check_owner(profile, who)
    values = filter_values(filters, filters_of(key))
    target_type, target_id = reference(target)
    chosen = None if media is None else [Medium.objects.named(name) for name in _names(media)]
    notification_type = NotificationType.objects.for_key(key)
    properties: dict[str, Any] = {"only_following": only_following}
    starting: dict[str, Any] = {"after_event": _newest_event}  # called for a new subscription
    if backfill is not None and backfill is not False:
        starting = {"since": _start(backfill), "after_event": None}
        properties |= starting
    if profile is not None:
        properties["profile"] = profile
    with writing(Subscription):
        subscription, created = Subscription.objects.update_or_create(
            identity=_identity(who, notification_type.key, target, values),
            defaults=properties,
            create_defaults={
                **who.columns(),
                **properties,
                **starting,
                "type": notification_type,
                "target_type": target_type,
                "target_id": target_id,
            },
        )
        if created and values:
            SubscriptionFilter.objects.bulk_create(
                SubscriptionFilter(subscription=subscription, name=name, value=value)
                for name, value in values.items()
            )
        if chosen is not None:
            subscription.media.set(chosen)
        if created and who.user_id is not None:
            push_keys(who.user_id, add=notification_type.key)
    return subscription


def unsubscribe(
    subscriber: SubscriberLike,
    key: str,
    target: models.Model | None = None,
    *,
    filters: Mapping[str, Any] | None = None,
    role: str = "",
) -> int:
    """End the subscription that `subscribe()` with the same arguments created.

    Delivered notifications stay in the inbox. The subscriber's other subscriptions, including
    those to other targets of the same type, stay as they are.

    Returns:
        How many subscriptions ended: 1 or 0.

    Raises:
        InvalidKey, InvalidRecipient, InvalidTarget, InvalidFilter: an argument is invalid.
    """
    who = Subscriber.of(subscriber, role)
    values = filter_values(filters, filters_of(key))
    return _end(identity=_identity(who, validate_key(key), target, values))


def end(pks: Iterable[int]) -> int:
    """End subscriptions by their primary keys, whoever subscribes.

    Returns:
        How many ended.
    """
    return _end(pk__in=list(pks))


def set_active(pks: Iterable[int], active: bool) -> int:
    """Pause or resume subscriptions by their primary keys.

    Returns:
        How many changed.
    """
    with writing(Subscription):
        rows = Subscription.objects.select_for_update().filter(pk__in=list(pks), active=not active)
        found = list(rows.order_by("pk"))
        Subscription.objects.filter(pk__in=[row.pk for row in found]).update(active=active)
        if active:
            for row in found:
                if row.user_id is not None:
                    push_keys(row.user_id, add=row.type_id)
        else:
            _push_dropped_keys(found)
    return len(found)


def is_subscribed(
    subscriber: SubscriberLike,
    key: str,
    target: models.Model | None = None,
    *,
    filters: Mapping[str, Any] | None = None,
    role: str = "",
) -> bool:
    """Tell whether a subscription with exactly these arguments exists.

    A subscription to the whole type, to another target or with other filters does not count.

    Raises:
        InvalidKey, InvalidRecipient, InvalidTarget, InvalidFilter: an argument is invalid.
    """
    return find(subscriber, key, target, filters=filters, role=role) is not None


def find(
    subscriber: SubscriberLike,
    key: str,
    target: models.Model | None = None,
    *,
    filters: Mapping[str, Any] | None = None,
    role: str = "",
) -> Subscription | None:
    """Return the subscription that `subscribe()` with the same arguments created, if there is one.

    Raises:
        InvalidKey, InvalidRecipient, InvalidTarget, InvalidFilter: an argument is invalid.
    """
    who = Subscriber.of(subscriber, role)
    identity = _identity(who, validate_key(key), target, filter_values(filters, filters_of(key)))
    return Subscription.objects.filter(identity=identity).first()


asubscribe = sync_to_async(subscribe)
aunsubscribe = sync_to_async(unsubscribe)
ais_subscribed = sync_to_async(is_subscribed)


def _end(**which: Any) -> int:
    with writing(Subscription):
        # Lock first: a delivery about to refer to a row then waits, and finds it deleted.
        found = list(Subscription.objects.select_for_update().filter(**which).order_by("pk"))
        if found:
            Subscription.objects.filter(pk__in=[row.pk for row in found]).delete()
            _push_dropped_keys(found)
    return len(found)


def _push_dropped_keys(subscriptions: Iterable[Subscription]) -> None:
    """Let open sockets leave the groups of keys that their user no longer subscribes to."""
    left = {(row.user_id, row.type_id) for row in subscriptions if row.user_id is not None}
    if left:
        # After the commit, when nobody waits for the locks of these subscriptions any more.
        transaction.on_commit(
            lambda: _drop_keys(left), using=router.db_for_write(Subscription), robust=True
        )


def _drop_keys(left: set[tuple[Any, str]]) -> None:
    """Drop keys of users who have no other subscription of their own, nor by a group, to them."""
    keys = {key for _, key in left}
    rows = Subscription.objects.filter(type__in=keys, active=True).order_by()
    own = rows.filter(among("user", {user_id for user_id, _ in left}))
    gone = left.difference(own.values_list("user_id", "type_id"))
    of_groups = set(rows.exclude(group_type=None).values_list("type_id", flat=True).distinct())
    by_groups = keys_of_many({user_id for user_id, key in gone if key in of_groups})
    for user_id, key in sorted(gone, key=str):
        if key not in by_groups.get(user_id, ()):
            push.change_keys(str(user_id), add=[], drop=[key])


def _identity(
    who: Subscriber, key: str, target: models.Model | None, values: dict[str, str]
) -> str:
    target_type, target_id = reference(target)
    return digest(who.label(), key, model_label(target_type), target_id, values)


def push_keys(user_id: Any, *, add: str = "", drop: str = "") -> None:
    """Let open sockets of the user join or leave the group of a key, after the commit."""
    transaction.on_commit(
        lambda: push.change_keys(
            str(user_id), add=[add] if add else [], drop=[drop] if drop else []
        ),
        using=router.db_for_write(Subscription),
    )


def _newest_event() -> int:
    """Return the primary key of the newest event; 0 if there is none."""
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _names(media: object) -> Iterable[str]:
    if isinstance(media, str) or not isinstance(media, Iterable):
        raise InvalidMedium(f"media= must be a list of names, such as ['email'], not {media!r}.")
    return media


def _start(backfill: object) -> datetime:
    """Return the moment from which earlier events are shown."""
    if backfill is True:
        return stored(datetime(1970, 1, 2, tzinfo=UTC))  # before every event
    try:
        if isinstance(backfill, datetime):
            return stored(backfill)
    except ValueError:
        pass  # out of the range of the calendar
    raise InvalidRequest(f"backfill= must be True, False or a moment, not {backfill!r}.")
