"""Django's sessions, read many at once and without changing them.

`channels.auth` (of Channels 4.3) reads one in the one thread that all of Channels shares, and knows
nothing of `SECRET_KEY_FALLBACKS`: it flushes a session that was signed with a former key, which
signs people out while the key is rotated. https://github.com/django/channels/issues/1524 reports
the same of an upgrade of Django.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from importlib import import_module
from typing import Any, NamedTuple

from django.conf import settings as django_settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
)
from django.core.cache import caches
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from realtime_notify.credentials import users
from realtime_notify.credentials.failures import CannotAsk, one_by_one
from realtime_notify.models.objects import user_pk
from realtime_notify.models.primary import on_primary

MAX_KEY_LENGTH = 40  # of a session in a database or a cache
CHUNK = 500
"""How many sessions one statement reads."""

Content = Mapping[str, Any]


class _SignIn(NamedTuple):
    """What a session says about who signed in with it."""

    who: users.Reference
    password_hash: str | None


def users_of_sessions(keys: Collection[str]) -> dict[str, Any]:
    """Return the users who are signed in, by session key.

    Returns:
        The user of each session that somebody is signed in with, or `CannotAsk`.

    Raises:
        Exception: the database or the session cache is down.
    """
    sign_ins: dict[str, Any] = {}
    for key, content in _contents(keys).items():
        sign_in = content if isinstance(content, CannotAsk) else _sign_in(content)
        if sign_in is not None:
            sign_ins[key] = sign_in
    known = users.fetch({each.who for each in sign_ins.values() if isinstance(each, _SignIn)})
    found = {key: _user(sign_in, known) for key, sign_in in sign_ins.items()}
    return {key: user for key, user in found.items() if user is not None}


def signed_out(sessions: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return those of these pairs of user id and session key that are no longer signed in.

    One that cannot be asked about now is not among them: it is asked again next time.

    Raises:
        Exception: the database or the session cache is down.
    """
    over = []
    for start in range(0, len(sessions), CHUNK):
        chunk = sessions[start : start + CHUNK]
        found = users_of_sessions({key for _, key in chunk})
        for user_id, key in chunk:
            user = found.get(key)
            if user is None or not (isinstance(user, CannotAsk) or str(user_pk(user)) == user_id):
                over.append((user_id, key))
    return over


def session_key_of(session: Any, user: Any) -> str | None:
    """Return the key of a session if this user is signed in with it, and else None."""
    if session is None or session.get(SESSION_KEY) != str(user_pk(user)):
        return None
    key: str | None = session.session_key
    return key


def _sign_in(content: Content) -> _SignIn | None:
    pk = users.key(content.get(SESSION_KEY))
    backend = content.get(BACKEND_SESSION_KEY)
    if pk is None or not isinstance(backend, str):
        return None
    if backend not in django_settings.AUTHENTICATION_BACKENDS:
        return None
    return _SignIn(users.Reference(backend, pk), content.get(HASH_SESSION_KEY))


def _user(sign_in: _SignIn | CannotAsk, known: dict[users.Reference, Any]) -> Any:
    if isinstance(sign_in, CannotAsk):
        return sign_in
    user = known.get(sign_in.who)
    if user is None or isinstance(user, CannotAsk):
        return user
    return user if _knows_hash(user, sign_in.password_hash) else None


def _knows_hash(user: Any, stored: str | None) -> bool:
    """Return whether a session has the user's current password, under any secret key in force."""
    if not hasattr(user, "get_session_auth_hash"):
        return True
    if not stored:
        return False
    if constant_time_compare(stored, user.get_session_auth_hash()):
        return True
    if not hasattr(user, "get_session_auth_fallback_hash"):
        return False
    former = user.get_session_auth_fallback_hash()
    return any(constant_time_compare(stored, each) for each in former)


# --- what sessions hold ---


def _contents(keys: Collection[str]) -> dict[str, Content | CannotAsk]:
    """Return what sessions hold, by key; those that do not exist are left out, or empty."""
    store = import_module(django_settings.SESSION_ENGINE).SessionStore
    read = _AT_ONCE.get(django_settings.SESSION_ENGINE)
    if read is not None:
        return read(store, [key for key in keys if _is_plausible(key)])
    return one_by_one(keys, lambda key: _loaded(store(key)))


def _loaded(session: Any) -> Content:
    return dict(session.items())


def _is_plausible(key: str) -> bool:
    """Tell whether a session may have this key: others must not reach a database or a cache."""
    return len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isalnum()


def _from_database(store: Any, keys: Iterable[str]) -> dict[str, Any]:
    now = timezone.now()
    rows = on_primary(store.get_model_class().objects.all())
    rows = rows.filter(session_key__in=list(keys), expire_date__gt=now)
    decode = store().decode
    return {key: decode(data) for key, data in rows.values_list("session_key", "session_data")}


def _from_cache(store: Any, keys: Iterable[str]) -> dict[str, Any]:
    """Read sessions from the cache, which raises if it is down.

    Django's store takes that for a cache without this session, so an outage would sign everybody
    out.
    """
    prefix = store.cache_key_prefix
    cache = caches[django_settings.SESSION_CACHE_ALIAS]
    found = cache.get_many([prefix + key for key in keys])
    return {key.removeprefix(prefix): content for key, content in found.items()}


def _from_cache_and_database(store: Any, keys: Collection[str]) -> dict[str, Any]:
    try:
        found = _from_cache(store, keys)
    except Exception:
        found = {}  # as Django's store does: all that a cache has of these, the database has too
    missing = [key for key in keys if key not in found]
    return {**found, **_from_database(store, missing)} if missing else found


_AT_ONCE: dict[str, Callable[[Any, list[str]], dict[str, Content | CannotAsk]]] = {
    "django.contrib.sessions.backends.db": _from_database,
    "django.contrib.sessions.backends.cache": _from_cache,
    "django.contrib.sessions.backends.cached_db": _from_cache_and_database,
}
"""The engines whose sessions are read in one go; those of other engines are read one by one."""
