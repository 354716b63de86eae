"""Who opens sockets: many at once, for the cost of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings as django_settings
from django.http import parse_cookie

from realtime_notify.credentials.sessions import may_see, user_of_session
from realtime_notify.models.objects import user_pk
from realtime_notify.wire.protocol import Close


class Credentials(NamedTuple):
    """What a client shows to say who it is."""

    scope: dict[str, Any]
    """The ASGI scope of its socket."""
    ticket: str | None = None
    """The ticket in its hello; None without one."""


class Identity(NamedTuple):
    """A user, and what vouches for them."""

    pk: Any
    """The user's primary key."""
    session_key: str | None = None
    """Of the session that is checked again while the socket is open; None without a session."""
    expires: datetime | None = None
    """When it stops to vouch, with a time zone; None if it is the session that decides."""


def identify(batch: Sequence[Credentials]) -> list[Identity | Close]:
    """Return who each of these clients is, in their order.

    Returns:
        For each an identity, or why there is none: `Close.NOT_SIGNED_IN` if nobody vouches for
        them, `Close.CREDENTIALS_EXPIRED` if fresh credentials may help, and `Close.DRAINING` if
        they cannot be checked now.

    Raises:
        Exception: the database or the session cache does not answer; nobody can be identified.
    """
    return [_identity(credentials) for credentials in batch]


def _identity(credentials: Credentials) -> Identity | Close:
    scope = credentials.scope
    if "user" in scope:  # a middleware of the project has authenticated the user
        user = scope["user"]
        session_key = getattr(scope.get("session"), "session_key", None)
        return Identity(user_pk(user), session_key) if may_see(user) else Close.NOT_SIGNED_IN
    session_key = _session_key(scope)
    user = user_of_session(session_key) if session_key else None
    return Identity(user_pk(user), session_key) if user is not None else Close.NOT_SIGNED_IN


def _session_key(scope: dict[str, Any]) -> str | None:
    headers = scope.get("headers", ())
    cookie = "; ".join(value.decode("latin1") for name, value in headers if name == b"cookie")
    return parse_cookie(cookie).get(django_settings.SESSION_COOKIE_NAME)
