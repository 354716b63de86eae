"""Objects of a project's models, as events, subscriptions and inboxes refer to them."""

from __future__ import annotations

from typing import Any, TypeGuard

from django.contrib.auth import get_user_model
from django.db.models import Model

from realtime_notify.exceptions import InvalidTarget
from realtime_notify.texts import flaw_of

MAX_KEY_LENGTH = 255
"""The most characters of a primary key that a generic foreign key holds."""


def is_saved(value: object) -> TypeGuard[Model]:
    """Tell whether a value is an instance of a model that has a row in the database.

    A primary key alone does not prove it: one may be assigned, or be made by default, as a UUID is.
    """
    return isinstance(value, Model) and value.pk is not None and not value._state.adding


def user_pk(user: Any) -> Any:
    """Return the primary key that foreign keys to a user hold.

    It is not always `user.pk`: a child of the user model may have a primary key of its own.

    Args:
        user: a user, or already their primary key.
    """
    if isinstance(user, get_user_model()):
        return getattr(user, get_user_model()._meta.pk.attname)
    return getattr(user, "pk", user)


def named(value: object) -> str:
    """Return a value as an error message names it, even if its own text cannot be made."""
    try:
        return repr(value)
    except Exception:
        label = value._meta.label if isinstance(value, Model) else type(value).__name__
        return f"<{label} {getattr(value, 'pk', '')}>"


def object_key(name: str, value: object) -> str:
    """Return the primary key of a saved object, as a generic foreign key stores it.

    Args:
        name: what the object is, as the start of a sentence, such as "The target".
        value: the object.

    Raises:
        InvalidTarget: it is not a saved model instance, or its key cannot be stored.
    """
    if not is_saved(value):
        raise InvalidTarget(
            f"{name} {named(value)} is not a saved model instance; save it first, or pass None."
        )
    key = str(value.pk)
    if len(key) > MAX_KEY_LENGTH:
        raise InvalidTarget(
            f"{name} is a {value._meta.label} that has a primary key of {len(key)} characters; "
            f"the most is {MAX_KEY_LENGTH}."
        )
    if flaw := flaw_of(key):
        raise InvalidTarget(f"{name} is a {value._meta.label} whose primary key {key!r} {flaw}.")
    return key


def object_text(name: str, value: Model) -> str:
    """Return how an object reads.

    Raises:
        InvalidTarget: its `__str__()` raises, or returns what cannot be stored.
    """
    which = f"{name} is {value._meta.label} {value.pk}, whose __str__()"
    try:
        text = str(value)
    except Exception as error:
        raise InvalidTarget(f"{which} raises {type(error).__name__}: {error}.") from error
    if flaw := flaw_of(text):
        raise InvalidTarget(f"{which} returns a text that {flaw}.")
    return text
