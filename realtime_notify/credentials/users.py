"""Users, fetched many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model, load_backend
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ValidationError

from realtime_notify.credentials.failures import CannotAsk, one_by_one
from realtime_notify.models.primary import on_primary


class Reference(NamedTuple):
    """A user, as a session refers to one."""

    backend: str
    """The dotted path of the authentication backend that knows them."""
    pk: Any


def fetch(wanted: Collection[Reference]) -> dict[Reference, Any]:
    """Return those of these users who may see their notifications, or `CannotAsk`.

    A `ModelBackend` fetches all of its users with one query; a backend with a `get_user()` of its
    own is asked for one after the other.
    """
    by_backend: dict[str, set[Any]] = defaultdict(set)
    for reference in wanted:
        by_backend[reference.backend].add(reference.pk)
    return {
        Reference(path, pk): user
        for path, pks in by_backend.items()
        for pk, user in _of_backend(load_backend(path), pks).items()
        if isinstance(user, CannotAsk) or may_see(user)
    }


def of_keys(pks: Collection[Any]) -> dict[Any, Any]:
    """Return those of the users with these primary keys who may see their notifications."""
    found = _in_bulk({pk for pk in pks if pk is not None})
    return {pk: user for pk, user in found.items() if may_see(user)}


def key(value: Any) -> Any:
    """Return a value as a primary key of the user model; None if it cannot be one."""
    try:
        return get_user_model()._meta.pk.to_python(value)
    except ValidationError:
        return None


def may_see(user: Any) -> bool:
    """Tell whether somebody is a user who may see their notifications."""
    return bool(user is not None and user.is_authenticated and user.is_active)


def _of_backend(backend: Any, pks: Collection[Any]) -> dict[Any, Any]:
    if getattr(type(backend), "get_user", None) is not ModelBackend.get_user:
        return one_by_one(pks, backend.get_user)
    users = _in_bulk(pks)
    return {pk: user for pk, user in users.items() if backend.user_can_authenticate(user)}


def _in_bulk(pks: Collection[Any]) -> dict[Any, Any]:
    if not pks:
        return {}
    return on_primary(get_user_model()._default_manager.all()).in_bulk(list(pks))
