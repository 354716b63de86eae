"""Rows of django-nyt, as its own functions would have written them."""

from __future__ import annotations

from typing import Any

from tests.importing.inboxes import BEGAN, at
from tests.importing.old_tables import NytNotification, NytSettings, NytSubscription, NytType


def profile(user: Any, interval: int = 0, is_default: bool = True) -> Any:
    return NytSettings.objects.create(
        user_id=getattr(user, "pk", user),
        interval=interval,
        is_default=is_default,
        created=BEGAN,
        modified=BEGAN,
    )


def subscription(settings: Any, key: str, **columns: Any) -> Any:
    NytType.objects.get_or_create(key=key, defaults={"label": key.title()})
    return NytSubscription.objects.create(
        settings_id=settings.pk,
        notification_type_id=key,
        **{"created": BEGAN, "modified": BEGAN, **columns},
    )


def notification(of: Any, message: str, minutes: float = 1, **columns: Any) -> Any:
    owner = {"user_id": None} if of is None else {"user_id": owner_of(of)}
    return NytNotification.objects.create(
        subscription_id=of and of.pk,
        message=message,
        **{"created": at(minutes), "modified": at(minutes), **owner, **columns},
    )


def owner_of(one: Any) -> Any:
    return NytSettings.objects.get(pk=one.settings_id).user_id
