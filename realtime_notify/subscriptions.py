"""Standing interests: subscribing, unsubscribing, and asking about it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction

from realtime_notify.exceptions import InvalidRecipient, InvalidTarget
from realtime_notify.keys import validate_key
from realtime_notify.live import push
from realtime_notify.models import NotificationType, Subscription


def subscribe(
    subscriber: AbstractBaseUser, key: str, target: models.Model | None = None
) -> Subscription:
    """Make `subscriber` hear of every event of a type, or of those about one target.

    Subscribing twice is the same as once. Browsers that are open hear of the next event.

    Args:
        subscriber: a saved user.
        key: the key of the notification type, created when it is new.
        target: a saved model instance, or None for every event of the type.

    Returns:
        The subscription, new or as it was.

    Raises:
        InvalidKey, InvalidRecipient, InvalidTarget: an argument is not what it should be.
    """
    user_id = _user_id(subscriber)
    kind = NotificationType.objects.for_key(key)
    target_type, target_id = _reference(target)
    subscription, created = Subscription.objects.get_or_create(
        interest=_interest(user_id, kind.key, target_type, target_id),
        defaults={
            "user_id": user_id,
            "type": kind,
            "target_type": target_type,
            "target_id": target_id,
        },
    )
    if created:
        transaction.on_commit(lambda: push.interests(str(user_id), add=[kind.key], drop=[]))
    return subscription


def unsubscribe(subscriber: AbstractBaseUser, key: str, target: models.Model | None = None) -> int:
    """End the subscription that `subscribe()` with the same arguments made.

    What was delivered stays in the inbox. Other subscriptions of the user stay as they are, those
    of other targets of the same type among them.

    Returns:
        How many subscriptions ended: 1 or 0.

    Raises:
        InvalidKey, InvalidRecipient, InvalidTarget: an argument is not what it should be.
    """
    user_id = _user_id(subscriber)
    found = Subscription.objects.filter(interest=_digest(user_id, key, target))
    deleted = found.delete()[1].get(Subscription._meta.label, 0)
    if deleted and not Subscription.objects.filter(user_id=user_id, type=key).exists():
        transaction.on_commit(lambda: push.interests(str(user_id), add=[], drop=[key]))
    return deleted


def is_subscribed(
    subscriber: AbstractBaseUser, key: str, target: models.Model | None = None
) -> bool:
    """Tell whether exactly this subscription exists.

    A subscription of the whole type does not count as one of a target, nor the other way round.

    Raises:
        InvalidKey, InvalidRecipient, InvalidTarget: an argument is not what it should be.
    """
    return Subscription.objects.filter(interest=_digest(_user_id(subscriber), key, target)).exists()


def keys_of(user_id: Any) -> list[str]:
    """Return the keys of the types a user has any subscription of."""
    found = Subscription.objects.filter(user_id=user_id).order_by()
    return list(found.values_list("type_id", flat=True).distinct())


asubscribe = sync_to_async(subscribe)
aunsubscribe = sync_to_async(unsubscribe)
ais_subscribed = sync_to_async(is_subscribed)


def _user_id(subscriber: object) -> Any:
    if not isinstance(subscriber, get_user_model()) or subscriber.pk is None:
        raise InvalidRecipient(f"{subscriber!r} is not a saved user; only users can subscribe.")
    return subscriber.pk


def _reference(target: object) -> tuple[ContentType | None, str]:
    if target is None:
        return None, ""
    if not isinstance(target, models.Model) or target.pk is None:
        raise InvalidTarget(f"The target {target!r} is not a saved model instance.")
    return ContentType.objects.get_for_model(target), str(target.pk)


def _digest(user_id: object, key: str, target: models.Model | None) -> str:
    return _interest(user_id, validate_key(key), *_reference(target))


def _interest(user_id: object, key: str, kind: ContentType | None, target_id: str) -> str:
    """Digest the columns that make a subscription distinct."""
    model = None if kind is None else f"{kind.app_label}.{kind.model}"
    columns = [str(user_id), key, model, target_id]
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest()
