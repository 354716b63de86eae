""" "Not me": what people do not want to hear of, whatever they are subscribed to."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import models

from realtime_notify.audience.subscribers import digest, model_label, reference
from realtime_notify.exceptions import InvalidNotification, InvalidRecipient
from realtime_notify.models import Medium, NotificationType, OptOut, TypeGroup


def opt_out(
    user: AbstractBaseUser,
    key: str | None = None,
    target: models.Model | None = None,
    *,
    group: str | None = None,
    medium: str | None = None,
) -> OptOut:
    """Keep a user from hearing of something. It beats every subscription, and outlives it.

    Args:
        user: a saved user.
        key: the key of a type; None for every type.
        target: only where it is about this; None for whatever target.
        group: instead of `key`, the name of a type group, made when it is new.
        medium: only by this medium; None for every one.

    Returns:
        The opt-out, new or as it was.

    Raises:
        InvalidKey, InvalidRecipient, InvalidTarget, InvalidMedium, InvalidNotification: an
            argument is not what it should be.
    """
    columns = _columns(user, key, target, group, medium)
    identity = columns.pop("identity")
    if key is not None:
        NotificationType.objects.for_key(key)
    if group is not None:
        TypeGroup.objects.get_or_create(name=group)
    return OptOut.objects.get_or_create(identity=identity, defaults=columns)[0]


def opt_in(
    user: AbstractBaseUser,
    key: str | None = None,
    target: models.Model | None = None,
    *,
    group: str | None = None,
    medium: str | None = None,
) -> int:
    """Take back what `opt_out()` with the same arguments did.

    Returns:
        How many opt-outs ended: 1 or 0.

    Raises:
        InvalidRecipient, InvalidTarget, InvalidMedium, InvalidNotification: as `opt_out()`.
    """
    columns = _columns(user, key, target, group, medium)
    return OptOut.objects.filter(identity=columns["identity"]).delete()[0]


def is_opted_out(
    user: AbstractBaseUser,
    key: str | None = None,
    target: models.Model | None = None,
    *,
    group: str | None = None,
    medium: str | None = None,
) -> bool:
    """Tell whether exactly this opt-out exists.

    Raises:
        InvalidRecipient, InvalidTarget, InvalidMedium, InvalidNotification: as `opt_out()`.
    """
    columns = _columns(user, key, target, group, medium)
    return OptOut.objects.filter(identity=columns["identity"]).exists()


aopt_out = sync_to_async(opt_out)
aopt_in = sync_to_async(opt_in)


def _columns(
    user: object, key: str | None, target: object, group: str | None, medium: str | None
) -> dict[str, Any]:
    if not isinstance(user, get_user_model()) or user.pk is None:
        raise InvalidRecipient(f"{user!r} is not a saved user; only users can opt out.")
    if key is not None and group is not None:
        raise InvalidNotification("Pass the key of a type or the name of a type group, not both.")
    if medium is not None:
        Medium.objects.named(medium)
    kind, target_id = reference(target)
    return {
        "user_id": user.pk,
        "type_id": key,
        "type_group_id": group,
        "medium_id": medium,
        "target_type": kind,
        "target_id": target_id,
        "identity": digest(str(user.pk), key, group, medium, model_label(kind), target_id),
    }
