"""Django's sessions, read without changing them.

`channels.auth` (of Channels 4.3) reads it in the one thread that all of Channels shares, and knows
nothing of `SECRET_KEY_FALLBACKS`: it flushes a session that was signed with a former key, which
signs people out while the key is rotated. https://github.com/django/channels/issues/1524 reports
the same of an upgrade of Django.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

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
from django.utils.crypto import constant_time_compare

from realtime_notify.models.objects import user_pk


def signed_out(sessions: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return those of these pairs of user id and session key that are no longer signed in."""
    over = []
    for user_id, session_key in sessions:
        user = user_of_session(session_key)
        if user is None or str(user_pk(user)) != user_id:
            over.append((user_id, session_key))
    return over


def user_of_session(session_key: str) -> Any:
    """Return the user of a session; None if nobody is signed in."""
    store = import_module(django_settings.SESSION_ENGINE).SessionStore(session_key)
    if django_settings.SESSION_ENGINE == "django.contrib.sessions.backends.cache":
        # That store takes a cache that is down for one without this session, so an outage would
        # sign everybody out. Asked directly, the cache raises.
        caches[django_settings.SESSION_CACHE_ALIAS].get(store.cache_key)
    try:
        pk = get_user_model()._meta.pk.to_python(store[SESSION_KEY])
        backend = store[BACKEND_SESSION_KEY]
    except (KeyError, ValidationError):
        return None
    if backend not in django_settings.AUTHENTICATION_BACKENDS:
        return None
    user: Any = load_backend(backend).get_user(pk)
    if not may_see(user) or not _knows_hash(user, store.get(HASH_SESSION_KEY)):
        return None
    return user


def may_see(user: Any) -> bool:
    """Tell whether somebody is a user who may see their notifications."""
    return bool(user is not None and user.is_authenticated and user.is_active)


def _knows_hash(user: Any, stored: str | None) -> bool:
    """Return whether a session has the user's current password, under any secret key in force."""
    if not hasattr(user, "get_session_auth_hash"):
        return True
    if not stored:
        return False
    valid = [user.get_session_auth_hash()]
    if hasattr(user, "get_session_auth_fallback_hash"):
        valid += user.get_session_auth_fallback_hash()
    return any(constant_time_compare(stored, each) for each in valid)
