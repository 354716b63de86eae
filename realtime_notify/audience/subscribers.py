"""The three kinds of subscriber as one: a user, a group with its members, an e-mail address."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Model

from realtime_notify.audience.groups import group_kind_of
from realtime_notify.exceptions import InvalidRecipient, InvalidTarget


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Somebody who subscribes, as columns of a subscription.

    Attributes:
        user_id: the primary key of a user, or None.
        group_type, group_id, role: a group and the role in it, or None and "".
        email: an e-mail address in lower case, or "".
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
            InvalidRecipient: it is none of these.
        """
        is_user = isinstance(subscriber, get_user_model())
        if role and (is_user or isinstance(subscriber, str)):
            raise InvalidRecipient(f"role={role!r} is for groups; {subscriber!r} is none.")
        if isinstance(subscriber, str):
            return cls(email=_address(subscriber))
        if isinstance(subscriber, Model) and subscriber.pk is not None:
            if is_user:
                return cls(user_id=subscriber.pk)
            if group_kind := group_kind_of(type(subscriber)):
                if role and not group_kind.role:
                    raise InvalidRecipient(
                        f"Nobody said what roles there are in {subscriber!r}; pass role= to "
                        f"register_group({type(subscriber).__name__}, ...)."
                    )
                kind = ContentType.objects.get_for_model(subscriber)
                return cls(group_type=kind, group_id=str(subscriber.pk), role=role)
        raise InvalidRecipient(
            f"{subscriber!r} is not a saved user, a saved group of a registered model, or an "
            "e-mail address."
        )

    def columns(self) -> dict[str, Any]:
        """Return the columns of a subscription that say who it is."""
        return {
            "user_id": self.user_id,
            "group_type": self.group_type,
            "group_id": self.group_id,
            "role": self.role,
            "email": self.email,
        }

    def label(self) -> list[str]:
        """Return what tells this subscriber from all others."""
        if self.email:
            return ["email", self.email]
        if self.group_type is not None:
            return ["group", model_label(self.group_type), self.group_id, self.role]
        return ["user", str(self.user_id)]


def digest(*columns: object) -> str:
    """Digest the columns that make a row distinct."""
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest()


def model_label(kind: ContentType | None) -> str:
    """Return a model's name as "app.model"; "" for none."""
    return f"{kind.app_label}.{kind.model}" if kind else ""


def reference(target: object) -> tuple[ContentType | None, str]:
    """Return the columns of a generic reference to a target, or those of none.

    Raises:
        InvalidTarget: it is no saved model instance.
    """
    if target is None:
        return None, ""
    if not isinstance(target, Model) or target.pk is None:
        raise InvalidTarget(f"The target {target!r} is not a saved model instance.")
    return ContentType.objects.get_for_model(target), str(target.pk)


def _address(text: str) -> str:
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidRecipient(
            f"{text!r} is not a saved user and not an e-mail address either."
        ) from error
    return email
