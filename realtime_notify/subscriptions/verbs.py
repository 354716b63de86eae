"""Standing interests: subscribing, unsubscribing, and asking about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import models, router, transaction

from realtime_notify import audience
from realtime_notify.audience.subscribers import Subscriber, digest, model_label, reference
from realtime_notify.declarations import filters_of
from realtime_notify.filters import filter_values
from realtime_notify.keys import validate_key
from realtime_notify.models import (
    DeliveryProfile,
    Medium,
    NotificationType,
    Subscription,
    SubscriptionFilter,
)
from realtime_notify.subscriptions import profiles
from realtime_notify.wire import push

Who = AbstractBaseUser | models.Model | str
"""A user, a group of a registered model, or an e-mail address."""


def subscribe(
    subscriber: Who,
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
    """Make `subscriber` hear of every event of a type, or of those about one target.

    Who subscribes to the same again gets the same subscription, which is then as the last call
    says. Browsers that are open hear of the next event.

    Args:
        subscriber: a saved user, a group of a registered model with all its members, or an
            e-mail address.
        key: the key of the notification type, created when it is new.
        target: a saved model instance, or None for every event of the type.
        filters: values that events must have, where they say anything of these names.
        role: of a group, only the members in this role.
        media: the names of the media to be reached by; None for every one.
        profile: one of the user's own delivery profiles; None for the default, or to leave it as
            it was.
        only_following: only events of actors whom the subscriber follows.
        backfill: feeds show earlier events too: all of them (True), or those since a moment.

    Returns:
        The subscription, new or as it was.

    Raises:
        InvalidKey, InvalidRecipient, InvalidTarget, InvalidFilter, InvalidMedium, InvalidProfile:
            an argument is not what it should be. Nothing was written.
    """
    who = Subscriber.of(subscriber, role)
    if profile is not None:
        profiles.check_owner(profile, who)
    values = filter_values(filters, filters_of(key))
    target_type, target_id = reference(target)
    chosen = None if media is None else [Medium.objects.named(name) for name in media]
    kind = NotificationType.objects.for_key(key)
    properties: dict[str, Any] = {"only_following": only_following}
    if backfill is not None and backfill is not False:
        properties["since"] = _beginning() if backfill is True else backfill
    if profile is not None:
        properties["profile"] = profile
    database = router.db_for_write(Subscription)
    with transaction.atomic(using=database):
        subscription, created = Subscription.objects.update_or_create(
            identity=_identity(who, kind.key, target, values),
            defaults=properties,
            create_defaults={
                **who.columns(),
                **properties,
                "type": kind,
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
            _tell(who.user_id, add=kind.key)
    return subscription


def unsubscribe(
    subscriber: Who,
    key: str,
    target: models.Model | None = None,
    *,
    filters: Mapping[str, Any] | None = None,
    role: str = "",
) -> int:
    """End the subscription that `subscribe()` with the same arguments made.

    What was delivered stays in the inbox. Other subscriptions of the subscriber stay as they are,
    those of other targets of the same type among them.

    Returns:
        How many subscriptions ended: 1 or 0.

    Raises:
        InvalidKey, InvalidRecipient, InvalidTarget, InvalidFilter: an argument is not what it
            should be.
    """
    who = Subscriber.of(subscriber, role)
    values = filter_values(filters, filters_of(key))
    return _end(identity=_identity(who, validate_key(key), target, values))


def end(pks: Iterable[int]) -> int:
    """End subscriptions by their primary keys, whoever's they are.

    Returns:
        How many ended.
    """
    return _end(pk__in=list(pks))


def set_active(pks: Iterable[int], active: bool) -> int:
    """Let subscriptions rest, or take them up again.

    Returns:
        How many changed.
    """
    with transaction.atomic(using=router.db_for_write(Subscription)):
        rows = Subscription.objects.select_for_update().filter(pk__in=list(pks), active=not active)
        found = list(rows.order_by("pk"))
        Subscription.objects.filter(pk__in=[one.pk for one in found]).update(active=active)
        if active:
            for one in found:
                if one.user_id is not None:
                    _tell(one.user_id, add=one.type_id)
        else:
            _tell_of_less(found)
    return len(found)


def is_subscribed(
    subscriber: Who,
    key: str,
    target: models.Model | None = None,
    *,
    filters: Mapping[str, Any] | None = None,
    role: str = "",
) -> bool:
    """Tell whether exactly this subscription exists.

    A subscription of the whole type does not count as one of a target, nor the other way round,
    and neither does one with other filters.

    Raises:
        InvalidKey, InvalidRecipient, InvalidTarget, InvalidFilter: an argument is not what it
            should be.
    """
    who = Subscriber.of(subscriber, role)
    identity = _identity(who, validate_key(key), target, filter_values(filters, filters_of(key)))
    return Subscription.objects.filter(identity=identity).exists()


def claim(user: AbstractBaseUser) -> int:
    """Give a user the subscriptions that were made with their e-mail address.

    Where they have the same already, that of the address ends.

    Returns:
        How many subscriptions are theirs now.
    """
    who = Subscriber.of(user)
    claimed = 0
    with transaction.atomic(using=router.db_for_write(Subscription)):
        email = str(getattr(user, user.get_email_field_name(), "") or "").lower()
        found = Subscription.objects.filter(email=email).exclude(email="")
        for one in found.prefetch_related("filters").select_for_update():
            values = {row.name: row.value for row in one.filters.all()}
            identity = digest(who.label(), one.type_id, *_target_columns(one), values)
            if Subscription.objects.filter(identity=identity).exists():
                one.delete()
                continue
            one.user_id, one.email, one.identity = who.user_id, "", identity
            one.save(update_fields=["user", "email", "identity"])
            _tell(who.user_id, add=one.type_id)
            claimed += 1
    return claimed


def keys_of(user_id: Any) -> list[str]:
    """Return the keys of the types that any subscription makes a user hear of."""
    found = audience.subscriptions_of(user_id).order_by()
    return list(found.values_list("type_id", flat=True).distinct())


asubscribe = sync_to_async(subscribe)
aunsubscribe = sync_to_async(unsubscribe)
ais_subscribed = sync_to_async(is_subscribed)


def _end(**which: Any) -> int:
    with transaction.atomic(using=router.db_for_write(Subscription)):
        # Locked first: a delivery that is about to point at a row waits, and then finds it gone.
        found = list(Subscription.objects.select_for_update().filter(**which).order_by("pk"))
        if found:
            Subscription.objects.filter(pk__in=[one.pk for one in found]).delete()
            _tell_of_less(found)
    return len(found)


def _tell_of_less(subscriptions: Iterable[Subscription]) -> None:
    """Let open sockets leave the groups of keys that nothing else makes their user hear of."""
    of_users: dict[Any, set[str]] = {}
    for one in subscriptions:
        if one.user_id is not None:
            of_users.setdefault(one.user_id, set()).add(one.type_id)
    for user_id, keys in of_users.items():
        for key in sorted(keys.difference(keys_of(user_id))):
            _tell(user_id, drop=key)


def _identity(
    who: Subscriber, key: str, target: models.Model | None, values: dict[str, str]
) -> str:
    kind, target_id = reference(target)
    return digest(who.label(), key, model_label(kind), target_id, values)


def _target_columns(subscription: Subscription) -> tuple[str, str]:
    return model_label(subscription.target_type), subscription.target_id


def _tell(user_id: Any, *, add: str = "", drop: str = "") -> None:
    """Let open sockets of the user join or leave the groups of a key, after the commit."""
    transaction.on_commit(
        lambda: push.change_keys(
            str(user_id), add=[add] if add else [], drop=[drop] if drop else []
        ),
        using=router.db_for_write(Subscription),
    )


def _beginning() -> datetime:
    """A moment before every event."""
    beginning = datetime(1970, 1, 2, tzinfo=UTC)
    return beginning if django_settings.USE_TZ else beginning.replace(tzinfo=None)
