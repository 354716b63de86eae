"""Who is behind a connection: Django's session cookie, read without changing the session.

`channels.auth` does this in the one thread all of Channels shares, and flushes a session whose
hash it does not know, which logs people out while `SECRET_KEY` is being rotated.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

from django.conf import settings as django_settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    get_user_model,
    load_backend,
)
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.http import parse_cookie
from django.utils.crypto import constant_time_compare


class Identity(NamedTuple):
    """A signed-in user."""

    pk: Any
    session_key: str | None
    """To look again whether the session lasts; None when another middleware vouches."""


def of_scope(scope: dict[str, Any]) -> Identity | None:
    """Who opened this socket, or None. Queries the database."""
    if "user" in scope:  # a middleware of the project's own has found out already
        user = scope["user"]
        session_key = getattr(scope.get("session"), "session_key", None)
        return Identity(user.pk, session_key) if _may_see(user) else None
    headers = scope.get("headers", ())
    cookie = "; ".join(value.decode("latin1") for name, value in headers if name == b"cookie")
    session_key = parse_cookie(cookie).get(django_settings.SESSION_COOKIE_NAME)
    user = _user_of_session(session_key) if session_key else None
    return Identity(user.pk, session_key) if user is not None else None


def signed_out(sessions: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of these pairs of user id and session key, those that are over."""
    over = []
    for user_id, session_key in sessions:
        user = _user_of_session(session_key)
        if user is None or str(user.pk) != user_id:
            over.append((user_id, session_key))
    return over


def _user_of_session(session_key: str) -> Any:
    store = import_module(django_settings.SESSION_ENGINE).SessionStore(session_key)
    if django_settings.SESSION_ENGINE == "django.contrib.sessions.backends.cache":
        # That store takes a cache that does not answer for one that knows no such session, and
        # an outage would sign everybody out. Asked directly, the cache says what is wrong.
        caches[django_settings.SESSION_CACHE_ALIAS].get(store.cache_key)
    try:
        pk = get_user_model()._meta.pk.to_python(store[SESSION_KEY])
        backend = store[BACKEND_SESSION_KEY]
    except (KeyError, ValidationError):
        return None
    if backend not in django_settings.AUTHENTICATION_BACKENDS:
        return None
    user: Any = load_backend(backend).get_user(pk)
    if not _may_see(user) or not _knows_hash(user, store.get(HASH_SESSION_KEY)):
        return None
    return user


def _may_see(user: Any) -> bool:
    return bool(user is not None and user.is_authenticated and user.is_active)


def _knows_hash(user: Any, stored: str | None) -> bool:
    """Whether the session is of the user's present password, under any key still in force."""
    if not hasattr(user, "get_session_auth_hash"):
        return True
    if not stored:
        return False
    good = [user.get_session_auth_hash()]
    if hasattr(user, "get_session_auth_fallback_hash"):
        good += user.get_session_auth_fallback_hash()
    return any(constant_time_compare(stored, one) for one in good)
