"""Self service: how users subscribe and unsubscribe themselves, from a browser.

Code may subscribe anybody. A request from a browser is subject to a policy, the setting
``SELF_SERVICE``. The error is the same for what the policy refuses and for what does not exist, so
that requests do not disclose what exists.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.module_loading import import_string

from realtime_notify import inbox
from realtime_notify.audience.subscribers import reference
from realtime_notify.conf import settings
from realtime_notify.exceptions import InvalidKey, InvalidRequest, NotAllowed, TooMany
from realtime_notify.keys import validate_key
from realtime_notify.models import NotificationType, Subscription
from realtime_notify.models.objects import user_pk
from realtime_notify.models.primary import on_primary
from realtime_notify.subscriptions import verbs
from realtime_notify.texts import flaw_of
from realtime_notify.wire.vocabulary import Frame

Policy = Callable[[Any, NotificationType, Model | None], bool]


def allows(user: Any, notification_type: NotificationType, target: Model | None) -> bool:
    """Tell whether a user may subscribe themselves: the default policy.

    The type must be marked for self service. A target must be of the type's model, if it has one,
    and the user must have Django's permission to view the target or its model.

    Args:
        user: the user who asks.
        notification_type: the type.
        target: the target; None for all events of the type.
    """
    if not notification_type.self_service:
        return False
    if target is None:
        return True
    model = ContentType.objects.get_for_model(target)
    if notification_type.content_type_id not in (None, model.pk):
        return False
    view = f"{model.app_label}.view_{model.model}"
    # A custom user model may have no permissions.
    has_perm = getattr(user, "has_perm", None)
    return has_perm is not None and bool(has_perm(view) or has_perm(view, target))


def policy() -> Policy:
    """Return the function that the setting ``SELF_SERVICE`` names."""
    chosen: Policy = import_string(settings.SELF_SERVICE)
    return chosen


def offered(user: Any) -> list[NotificationType]:
    """Return the types for self service that a user may subscribe to as a whole."""
    is_allowed = policy()
    types = NotificationType.objects.filter(self_service=True).select_related("group")
    return [candidate for candidate in types if is_allowed(user, candidate, None)]


def subscribe(user: object, *, key: str, target: str | None = None) -> Frame:
    """Subscribe a user at their own request.

    Args:
        user: the user, or their primary key.
        key: the key of the notification type.
        target: the object as "app.model:pk"; None for all events of the type.

    Returns:
        The inbox's `rev`, `unread` and `unseen`, which do not change, and `subscribed`.

    Raises:
        InvalidRequest: the key is malformed.
        NotAllowed: not permitted, or does not exist (deliberately indistinguishable).
        TooMany: the user has `MAX_SUBSCRIPTIONS_PER_USER` others.
    """
    person = person_of(user)
    notification_type, instance = topic_of(key, target)
    if not policy()(person, notification_type, instance):
        raise _refusal()
    _check_room(person, notification_type, instance)
    subscription = verbs.subscribe(person, notification_type.key, instance)
    if not subscription.active:  # paused in the admin; the user resumes it
        verbs.set_active([subscription.pk], True)
    return _answer(person, subscribed=True)


def _check_room(person: Any, notification_type: NotificationType, target: Model | None) -> None:
    """Raise `TooMany` unless a user has this subscription already, or room for one more.

    Requests at the same moment may exceed the limit by as many; no lock is worth that.
    """
    most = settings.MAX_SUBSCRIPTIONS_PER_USER
    own = Subscription.objects.filter(user=user_pk(person))
    if not most or own.order_by()[:most].count() < most:
        return
    target_type, target_id = reference(target)
    topic = own.filter(type=notification_type, target_type=target_type, target_id=target_id)
    if not topic.filter(filters=None).exists():
        raise TooMany(f"You have {most} subscriptions already, the most you may have. End others.")


def unsubscribe(user: object, *, key: str, target: str | None = None) -> Frame:
    """End a user's subscription, even if its target is deleted or no longer visible to them.

    Arguments, return value and errors are those of `subscribe()`.
    """
    person = person_of(user)
    notification_type = _type(key)
    if not notification_type.self_service:
        instance = None if target is None else _target(target)
        if not policy()(person, notification_type, instance):
            raise _refusal()
    own = Subscription.objects.filter(user=user_pk(person), type=notification_type, filters=None)
    if target is None:
        own = own.filter(target_type=None)
    else:
        model, pk = _model(target)
        if model is None:
            own = own.none()
        else:
            own = own.filter(target_type=ContentType.objects.get_for_model(model), target_id=pk)
    verbs.end(own.values_list("pk", flat=True))
    return _answer(person, subscribed=False)


def leave(user: object, pk: int) -> bool:
    """End one of a user's own subscriptions, whatever the policy.

    Args:
        user: the user, or their primary key.
        pk: the primary key of the subscription.

    Returns:
        Whether the user had this subscription.
    """
    own = Subscription.objects.filter(user=user_pk(person_of(user)), pk=pk)
    return verbs.end(own.values_list("pk", flat=True)) > 0


def topic_of(key: str, target: str | None) -> tuple[NotificationType, Model | None]:
    """Return the type and the target that a request from a browser names.

    Args:
        key: the key of the notification type.
        target: the object as "app.model:pk"; None for all events of the type.

    Raises:
        InvalidRequest: the key is malformed.
        NotAllowed: the type or the object does not exist.
    """
    notification_type = _type(key)
    instance = None if target is None else _target(target)
    if target is not None and instance is None:
        raise _refusal()
    return notification_type, instance


def _type(key: str) -> NotificationType:
    try:
        found = NotificationType.objects.filter(key=validate_key(key)).first()
    except InvalidKey as error:
        raise InvalidRequest(str(error)) from None
    if found is None:
        raise _refusal()
    return found


def _answer(person: Any, *, subscribed: bool) -> Frame:
    """Return the inbox's counters; `from` equals `rev`, because the inbox does not change."""
    numbers = inbox.counts(person)
    return {**numbers, "from": numbers["rev"], "subscribed": subscribed}


def person_of(user: Any) -> Any:
    """Return a user, given one or their primary key.

    Raises:
        NotAllowed: there is no such user any more.
    """
    if isinstance(user, Model):
        return user
    person = on_primary(get_user_model()._default_manager.filter(pk=user)).first()
    if person is None:
        raise _refusal()
    return person


def _model(named: str) -> tuple[type[Model] | None, str]:
    label, _, pk = named.partition(":")
    try:
        return None if flaw_of(pk) else apps.get_model(label), pk
    except (LookupError, ValueError):
        return None, pk


def _target(named: str) -> Model | None:
    """Return the object of a name such as "app.model:pk", or None."""
    model, pk = _model(named)
    if model is None or not pk.isprintable():
        return None
    try:
        return on_primary(model._default_manager.filter(pk=pk)).first()
    except (ValueError, ValidationError, OverflowError):
        return None  # not a primary key of this model


def _refusal() -> NotAllowed:
    return NotAllowed("You cannot subscribe to this.")
