"""What people do about their subscriptions themselves, from a browser.

Code subscribes whomever it likes. A browser asks, and a policy answers: the setting
``SELF_SERVICE``. What it refuses, and what does not exist, is refused in the same words, so that
nobody finds out by asking what there is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypedDict

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.module_loading import import_string

from realtime_notify import inbox
from realtime_notify.audience.subscribers import model_label
from realtime_notify.conf import settings
from realtime_notify.exceptions import InvalidKey, InvalidRequest, NotAllowed
from realtime_notify.keys import validate_key
from realtime_notify.links import object_url
from realtime_notify.models import NotificationType, Subscription
from realtime_notify.subscriptions import verbs
from realtime_notify.wire.vocabulary import Frame, Thing

Policy = Callable[[Any, NotificationType, Model | None], bool]


class OwnSubscription(TypedDict):
    """A subscription as its subscriber sees it."""

    id: int
    key: str
    label: str
    target: Thing | None
    filters: dict[str, str]
    media: list[str]
    only_following: bool
    active: bool
    self_service: bool
    created: datetime


class OwnSubscriptions(TypedDict):
    """A page of subscriptions; `next` is None at the end."""

    subscriptions: list[OwnSubscription]
    next: int | None


def allows(user: Any, kind: NotificationType, target: Model | None) -> bool:
    """Say whether somebody may subscribe themselves: the policy that comes with the package.

    The type must be marked for self service. A target must be of the type's own model, where it
    names one, and the user must have Django's permission to view it, or all of its model.
    """
    if not kind.self_service:
        return False
    if target is None:
        return True
    model = ContentType.objects.get_for_model(target)
    if kind.content_type_id not in (None, model.pk):
        return False
    view = f"{model.app_label}.view_{model.model}"
    # A user model of the project's own may know nothing of permissions.
    has_perm = getattr(user, "has_perm", None)
    return has_perm is not None and bool(has_perm(view) or has_perm(view, target))


def policy() -> Policy:
    """Return the policy in force."""
    chosen: Policy = import_string(settings.SELF_SERVICE)
    return chosen


def offered(user: Any) -> list[NotificationType]:
    """Return the types for self service that a user may subscribe to as a whole."""
    may = policy()
    types = NotificationType.objects.filter(self_service=True).select_related("group")
    return [one for one in types if may(user, one, None)]


def subscribe(user: object, *, key: str, target: str | None = None) -> Frame:
    """Subscribe a user who asks for it themselves.

    Args:
        user: the user, or their primary key.
        key: the key of the notification type.
        target: the object as "app.model:pk"; None for all of the type.

    Returns:
        The numbers of the inbox, which stay as they are, and `subscribed`.

    Raises:
        InvalidRequest: the key has the wrong form.
        NotAllowed: the policy says no, or there is no such type or object. The two cannot be told
            apart.
    """
    person = _person(user)
    notification_type = _type(key)
    instance = None if target is None else _target(target)
    missing = target is not None and instance is None
    if missing or not policy()(person, notification_type, instance):
        raise _refusal()
    subscription = verbs.subscribe(person, notification_type.key, instance)
    if not subscription.active:  # switched off in the admin; its owner wants it back
        verbs.set_active([subscription.pk], True)
    return _answer(person, subscribed=True)


def unsubscribe(user: object, *, key: str, target: str | None = None) -> Frame:
    """End a user's subscription to what they name, which may be gone or no longer visible to them.

    Arguments, answer and errors are those of `subscribe()`.
    """
    person = _person(user)
    notification_type = _type(key)
    if not notification_type.self_service:
        instance = None if target is None else _target(target)
        if not policy()(person, notification_type, instance):
            raise _refusal()
    own = Subscription.objects.filter(user=person.pk, type=notification_type, filters=None)
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
    """End a subscription of a user's own, whatever it is to: nobody is held.

    Returns:
        Whether there was one.
    """
    own = Subscription.objects.filter(user=_person(user).pk, pk=pk)
    return verbs.end(own.values_list("pk", flat=True)) > 0


def listed(
    user: object, *, before: int | None = None, limit: int | None = None
) -> OwnSubscriptions:
    """Return a page of a user's own subscriptions, newest first.

    Args:
        user: whose, or their primary key.
        before: the `next` of the page before, or None for the first.
        limit: how many; `MAX_PAGE_SIZE` when None.
    """
    size = settings.MAX_PAGE_SIZE if limit is None else limit
    if not 1 <= size <= settings.MAX_PAGE_SIZE:
        raise InvalidRequest(f"limit must be from 1 to {settings.MAX_PAGE_SIZE}, not {limit!r}.")
    rows = Subscription.objects.filter(user=getattr(user, "pk", user)).order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    rows = rows.select_related("type", "target_type").prefetch_related("filters", "media")
    found = list(rows[: size + 1])
    shown = found[:size]
    return {
        "subscriptions": described(shown),
        "next": shown[-1].pk if len(found) > size else None,
    }


def described(rows: list[Subscription]) -> list[OwnSubscription]:
    """Return subscriptions as their subscribers see them; one query a model of targets."""
    ids: dict[int, set[str]] = {}
    for one in rows:
        if one.target_type_id is not None:
            ids.setdefault(one.target_type_id, set()).add(one.target_id)
    targets = {}
    for type_id, pks in ids.items():
        model = ContentType.objects.get_for_id(type_id).model_class()
        if model is not None:  # else: of an app that is not installed any more
            for target in model._base_manager.filter(pk__in=pks):
                targets[type_id, str(target.pk)] = target
    return [_described(one, targets.get((one.target_type_id or 0, one.target_id))) for one in rows]


def _described(subscription: Subscription, target: Model | None) -> OwnSubscription:
    kind = subscription.type
    return {
        "id": subscription.pk,
        "key": kind.key,
        "label": kind.label or kind.key,
        "target": None
        if subscription.target_type is None
        else {
            "text": "" if target is None else str(target),
            "url": object_url(target) or "",
            "type": model_label(subscription.target_type),
            "id": subscription.target_id,
        },
        "filters": {one.name: one.value for one in subscription.filters.all()},
        "media": [one.name for one in subscription.media.all()],
        "only_following": subscription.only_following,
        "active": subscription.active,
        "self_service": kind.self_service,
        "created": subscription.created,
    }


def _type(key: str) -> NotificationType:
    try:
        found = NotificationType.objects.filter(key=validate_key(key)).first()
    except InvalidKey as error:
        raise InvalidRequest(str(error)) from None
    if found is None:
        raise _refusal()
    return found


def _answer(person: Any, *, subscribed: bool) -> Frame:
    """Answer with the inbox's numbers: `from` equals `rev`, because nothing has changed there."""
    numbers = inbox.counts(person)
    return {**numbers, "from": numbers["rev"], "subscribed": subscribed}


def _person(user: Any) -> Any:
    if isinstance(user, Model):
        return user
    person = get_user_model()._default_manager.filter(pk=user).first()
    if person is None:
        raise _refusal()
    return person


def _model(named: str) -> tuple[type[Model] | None, str]:
    label, _, pk = named.partition(":")
    try:
        return apps.get_model(label), pk
    except (LookupError, ValueError):
        return None, pk


def _target(named: str) -> Model | None:
    """Return the object that is named as "app.model:pk", or None."""
    model, pk = _model(named)
    if model is None or not pk.isprintable():
        return None
    try:
        return model._default_manager.filter(pk=pk).first()
    except (ValueError, ValidationError, OverflowError):
        return None  # no primary key of this model


def _refusal() -> NotAllowed:
    return NotAllowed("You cannot subscribe to this.")
