"""Subscribing by an e-mail address, without an account: asked for, confirmed, and only then made.

Anybody can type anybody's address into a form. So a request becomes a subscription when whoever
reads the mails of the address confirms it. The mail itself is sent by `confirmations`.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from time import time
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.module_loading import import_string

from realtime_notify.audience.subscribers import Subscriber, reference
from realtime_notify.conf import settings
from realtime_notify.declarations import filters_of
from realtime_notify.exceptions import InvalidRecipient, NotAllowed
from realtime_notify.filters import filter_values
from realtime_notify.models import NotificationType, Subscription, SubscriptionRequest
from realtime_notify.models.primary import on_primary
from realtime_notify.subscriptions import verbs
from realtime_notify.subscriptions.self_service import topic_of

Policy = Callable[[str, NotificationType, Model | None], bool]


def address_of(text: object) -> str:
    """Return an e-mail address in lower case.

    Raises:
        InvalidRecipient: it is none.
    """
    if not isinstance(text, str):
        raise InvalidRecipient(f"{text!r} is not an e-mail address; for users, call subscribe().")
    return Subscriber.of(text).email


def open_topic(
    address: str, *, key: str, target: str | None = None
) -> tuple[NotificationType, Model | None]:
    """Return what an address may subscribe to at its own request: a type, perhaps with a target.

    Args:
        address: the e-mail address; "" before there is one.
        key: the key of the notification type.
        target: the object as "app.model:pk"; None for all events of the type.

    Raises:
        InvalidRequest: the key is malformed.
        NotAllowed: the policy of the setting ``SUBSCRIBE_BY_ADDRESS`` refuses it, or it does not
            exist.
    """
    notification_type, instance = topic_of(key, target)
    name = settings.SUBSCRIBE_BY_ADDRESS
    policy: Policy | None = import_string(name) if name else None
    if policy is None or not policy(address, notification_type, instance):
        raise NotAllowed("You cannot subscribe to this.")
    return notification_type, instance


def draft(
    address: str, key: str, target: Model | None, filters: Mapping[str, Any] | None
) -> tuple[SubscriptionRequest, str]:
    """Return a request that is not saved yet.

    Returns:
        The request, and the secret of the link that confirms it.

    Raises:
        InvalidRecipient, InvalidKey, InvalidTarget, InvalidFilter: an argument is invalid.
    """
    values = filter_values(filters, filters_of(key))
    target_type, target_id = reference(target)
    notification_type = NotificationType.objects.for_key(key)
    token = secrets.token_urlsafe(24)
    request = SubscriptionRequest(
        digest=_digest(token),
        address=address_of(address),
        type=notification_type,
        target_type=target_type,
        target_id=target_id,
        filters=values,
        expires=time() + settings.CONFIRM_LIFETIME,
    )
    return request, token


def find(token: str) -> SubscriptionRequest | None:
    """Return the request that a link confirms.

    Returns:
        None if there is none, if it has expired, or if its target is gone.
    """
    found = (
        SubscriptionRequest.objects.filter(digest=_digest(token), expires__gte=time())
        .select_related("type", "target_type")
        .first()
    )
    is_gone = found is not None and found.target_type_id is not None and found.target is None
    return None if is_gone else found


def confirm(request: SubscriptionRequest) -> Subscription:
    """Make the subscription that was asked for, or return the one that there is.

    It is that of the user whom the address belongs to, if there is one. A user's own choices, such
    as opt-outs, stay as they are. The request stays until it expires, so that the link can be
    opened again.
    """
    subscriber = subscriber_of(request.address)
    found = subscription_of(request)
    if found is None:
        return verbs.subscribe(subscriber, request.type_id, request.target, filters=request.filters)
    if not found.active:
        verbs.set_active([found.pk], True)
        found.active = True
    return found


def subscription_of(request: SubscriptionRequest) -> Subscription | None:
    """Return the subscription that exists already, active or not."""
    return verbs.find(
        subscriber_of(request.address), request.type_id, request.target, filters=request.filters
    )


def subscriber_of(address: str) -> Any:
    """Return the user whom an address belongs to, or the address.

    The function that the setting ``ADDRESS_OWNER`` names decides.
    """
    owner: Callable[[str], Any] = import_string(settings.ADDRESS_OWNER)
    return owner(address) or address


def owner_of(address: str) -> Any:
    """Return the one active user with an e-mail address, whatever its case: the default rule.

    Args:
        address: the e-mail address, in lower case.

    Returns:
        None if there is none, or if there are several.
    """
    model = get_user_model()
    name = model.get_email_field_name()
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    users = on_primary(model._default_manager.filter(**{f"{name}__iexact": address}))
    found = [user for user in users[:10] if user.is_active]
    return found[0] if len(found) == 1 else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
