"""Subscribers of all three kinds: a user, a group with its members, an e-mail address."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Model

from realtime_notify.audience.groups import group_kind_of
from realtime_notify.exceptions import InvalidRecipient
from realtime_notify.models.objects import is_saved, named, object_key, user_pk
from realtime_notify.models.subscriptions import MAX_ROLE_LENGTH
from realtime_notify.texts import flaw_of


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscriber as the columns of a subscription.

    Attributes:
        user_id: a user's primary key; None for a group or an e-mail address.
        group_type, group_id, role: a group and a role in it; None and "" otherwise.
        email: an e-mail address in lower case; "" otherwise.
    """

    user_id: Any = None
    group_type: ContentType | None = None
    group_id: str = ""
    role: str = ""
    email: str = ""

    @classmethod
    def of(cls, subscriber: object, role: str = "") -> Subscriber:
        """Read a user, a group of a registered model, or an e-mail address.

        Raises:
            InvalidRecipient: the subscriber is not one of these, or has no such roles.
        """
        is_user = isinstance(subscriber, get_user_model())
        if role and (is_user or isinstance(subscriber, str)):
            raise InvalidRecipient(
                f"role={role!r} is for groups, and {subscriber!r} is not a group."
            )
        if isinstance(subscriber, str):
            return cls(email=_email(subscriber))
        if is_saved(subscriber):
            if is_user:
                return cls(user_id=user_pk(subscriber))
            if group_kind := group_kind_of(type(subscriber)):
                if role and not group_kind.role:
                    raise InvalidRecipient(
                        f"No role look-up is registered for {subscriber!r}; pass role= to "
                        f"register_group({type(subscriber).__name__}, ...)."
                    )
                content_type = ContentType.objects.get_for_model(subscriber)
                group_id = object_key("The subscriber", subscriber)
                return cls(group_type=content_type, group_id=group_id, role=_role(role))
        raise InvalidRecipient(
            f"{named(subscriber)} is not a saved user, a saved group of a registered model, or an "
            "e-mail address."
        )

    def columns(self) -> dict[str, Any]:
        """Return the columns that identify the subscriber in a subscription."""
        return {
            "user_id": self.user_id,
            "group_type": self.group_type,
            "group_id": self.group_id,
            "role": self.role,
            "email": self.email,
        }

    def label(self) -> list[str]:
        """Return a list of texts that no other subscriber has."""
        if self.email:
            return ["email", self.email]
        if self.group_type is not None:
            return ["group", model_label(self.group_type), self.group_id, self.role]
        return ["user", str(self.user_id)]


def digest(*columns: object) -> str:
    """Return a SHA-256 digest, in hexadecimal, of the columns that identify a row."""
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest()


def model_label(content_type: ContentType | None) -> str:
    """Return a model's name as "app.model"; "" for None."""
    return f"{content_type.app_label}.{content_type.model}" if content_type else ""


def reference(target: object) -> tuple[ContentType | None, str]:
    """Return the two columns of a generic foreign key to a target.

    Returns:
        The content type, and the primary key as text; None and "" without a target.

    Raises:
        InvalidTarget: the target is not a saved model instance, or its key cannot be stored.
    """
    if target is None:
        return None, ""
    key = object_key("The target", target)
    return ContentType.objects.get_for_model(cast("Model", target)), key


def _role(role: str) -> str:
    if len(role) > MAX_ROLE_LENGTH:
        raise InvalidRecipient(
            f"role={role[:40]!r}... has {len(role)} characters; the most is {MAX_ROLE_LENGTH}."
        )
    if flaw := flaw_of(role):
        raise InvalidRecipient(f"role={role!r} {flaw}.")
    return role


def _email(text: str) -> str:
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidRecipient(
            f"{text!r} is not an e-mail address. Pass a saved user, a saved group of a registered "
            "model, or an e-mail address."
        ) from error
    return email
