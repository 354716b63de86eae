"""Users, as the arguments of commands name them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from realtime_notify.audience.sql import email_field


def find_user(text: str) -> Any:
    """Return the user with this primary key, username or e-mail address.

    Raises:
        CommandError: there is no such user, or more than one.
    """
    model = get_user_model()
    names = dict.fromkeys(["pk", model.USERNAME_FIELD, email_field() or "pk"])
    found: dict[Any, Any] = {}
    for name in names:
        lookup = f"{name}__iexact" if name == email_field() else name
        try:
            found |= {user.pk: user for user in model._default_manager.filter(**{lookup: text})[:2]}
        except (ValueError, ValidationError):
            continue  # no primary key
    if len(found) == 1:
        return found.popitem()[1]
    if not found:
        raise CommandError(
            f"There is no user with the primary key, {model.USERNAME_FIELD} or e-mail address "
            f"{text!r}."
        )
    users = ", ".join(f"{user} ({user.pk})" for user in found.values())
    raise CommandError(f"{text!r} names more than one user: {users}. Pass what only one has.")
