"""Opt-outs: what users are not notified about, whatever they are subscribed to."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import models

from realtime_notify.audience.subscribers import digest, model_label, reference
from realtime_notify.exceptions import InvalidNotification, InvalidRecipient, NotAllowed
from realtime_notify.models import Medium, NotificationType, OptOut, TypeGroup
from realtime_notify.models.objects import is_saved, named, user_pk


def opt_out(
    user: AbstractBaseUser,
    key: str | None = None,
    target: models.Model | None = None,
    *,
    group: str | None = None,
    medium: str | None = None,
) -> OptOut:
    """Opt a user out of notifications. This overrides every subscription, also later ones.

    Args:
        user: a saved user.
        key: the key of a type; None for every type.
        target: only events with this target; None for all events.
        group: instead of `key`, the name of a type group, which is created if necessary.
        medium: the name of the only medium to opt out of; None for every medium.

    Returns:
        The opt-out, which may have existed before.

    Raises:
        InvalidKey, InvalidRecipient, InvalidTarget, InvalidMedium, InvalidNotification: an
            argument is invalid. Nothing was written.
        NotAllowed: the type is required. An opt-out of everything, or of its group, passes it over.
    """
    columns = _columns(user, key, target, group, medium)
    identity = columns.pop("identity")
    if key is not None and NotificationType.objects.for_key(key).required:
        raise NotAllowed(f"Nobody can opt out of {key!r}: the type is required.")
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
    """Delete the opt-out that `opt_out()` with the same arguments created.

    Returns:
        How many opt-outs were deleted: 1 or 0.

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
    """Tell whether an opt-out with exactly these arguments exists.

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
    if not isinstance(user, get_user_model()) or not is_saved(user):
        raise InvalidRecipient(f"{named(user)} is not a saved user; only saved users can opt out.")
    if key is not None and group is not None:
        raise InvalidNotification("Pass the key of a type or the name of a type group, not both.")
    if medium is not None:
        Medium.objects.named(medium)
    target_type, target_id = reference(target)
    target_label = model_label(target_type)
    return {
        "user_id": user_pk(user),
        "type_id": key,
        "type_group_id": group,
        "medium_id": medium,
        "target_type": target_type,
        "target_id": target_id,
        "identity": digest(str(user_pk(user)), key, group, medium, target_label, target_id),
    }
