"""A user's own subscriptions, as pages and scripts show them."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from realtime_notify.audience.subscribers import model_label, reference
from realtime_notify.conf import settings
from realtime_notify.exceptions import InvalidRequest
from realtime_notify.links import object_url
from realtime_notify.models import NotificationType, Subscription, SubscriptionRequest
from realtime_notify.models.objects import user_pk
from realtime_notify.subscriptions.self_service import person_of, policy
from realtime_notify.wire.vocabulary import Thing


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


def listed(
    user: object, *, before: int | None = None, limit: int | None = None
) -> OwnSubscriptions:
    """Return a page of a user's own subscriptions, newest first.

    Args:
        user: the user, or their primary key.
        before: the `next` of the previous page; None for the first page.
        limit: how many; None for the setting `MAX_PAGE_SIZE`.

    Returns:
        `subscriptions`, and `next`: the value of `before` for the next page, or None.

    Raises:
        InvalidRequest: the limit is out of range.
    """
    size = settings.MAX_PAGE_SIZE if limit is None else limit
    if not 1 <= size <= settings.MAX_PAGE_SIZE:
        raise InvalidRequest(f"limit must be from 1 to {settings.MAX_PAGE_SIZE}, not {limit!r}.")
    rows = Subscription.objects.filter(user=user_pk(user)).order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    rows = rows.select_related("type", "target_type").prefetch_related("filters", "media")
    found = list(rows[: size + 1])
    shown = found[:size]
    return {
        "subscriptions": described(shown, person_of(user)),
        "next": shown[-1].pk if len(found) > size else None,
    }


class Topic(TypedDict):
    """What somebody has asked to be notified about."""

    label: str
    target: Thing | None


def topic(notification_type: NotificationType, target: Model | None) -> Topic:
    """Return a type, perhaps with a target, as pages and mails show it."""
    return {
        "label": notification_type.label or notification_type.key,
        "target": None if target is None else _thing(*reference(target), target),
    }


def topic_of(request: SubscriptionRequest) -> Topic:
    """Return what somebody has asked for, as pages and mails show it."""
    return topic(request.type, request.target)


def described(rows: list[Subscription], reader: object = None) -> list[OwnSubscription]:
    """Return subscriptions as JSON for their subscribers; one query per model of targets.

    Args:
        rows: the subscriptions.
        reader: the user who reads this. Of a type for self service, they are told the name of a
            target as long as the policy lets them subscribe to it. None is told every name.
    """
    ids: dict[int, set[str]] = {}
    for row in rows:
        if row.target_type_id is not None:
            ids.setdefault(row.target_type_id, set()).add(row.target_id)
    targets = {}
    for type_id, pks in ids.items():
        model = ContentType.objects.get_for_id(type_id).model_class()
        if model is not None:  # None if the app is no longer installed
            for target in model._base_manager.filter(pk__in=pks):
                targets[type_id, str(target.pk)] = target
    shown = {}
    for row in rows:
        found = targets.get((row.target_type_id or 0, row.target_id))
        if found is not None and (reader is None or _may_know(reader, row.type, found)):
            shown[row.pk] = found
    return [_described(row, shown.get(row.pk)) for row in rows]


def _may_know(reader: object, notification_type: NotificationType, target: Model) -> bool:
    """Return whether a user may know the name of a target, which they may have lost sight of.

    What the site's own code has subscribed them to is not for the policy to judge.
    """
    return not notification_type.self_service or policy()(reader, notification_type, target)


def _described(subscription: Subscription, target: Model | None) -> OwnSubscription:
    notification_type = subscription.type
    return {
        "id": subscription.pk,
        "key": notification_type.key,
        "label": notification_type.label or notification_type.key,
        "target": _thing(subscription.target_type, subscription.target_id, target),
        "filters": {row.name: row.value for row in subscription.filters.all()},
        "media": [medium.name for medium in subscription.media.all()],
        "only_following": subscription.only_following,
        "active": subscription.active,
        "self_service": notification_type.self_service,
        "created": subscription.created,
    }


def _thing(target_type: ContentType | None, target_id: str, target: Model | None) -> Thing | None:
    if target_type is None:
        return None
    return {
        "text": "" if target is None else str(target),
        "url": object_url(target) or "",
        "type": model_label(target_type),
        "id": target_id,
    }
