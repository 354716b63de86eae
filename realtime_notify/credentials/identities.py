"""Who opens sockets: many at once, with as many statements as for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.http import parse_cookie

from realtime_notify.credentials import tickets, users
from realtime_notify.credentials.authenticators import (
    aware,
    end_of_lifetime,
    headers_of_scope,
    vouched_by,
)
from realtime_notify.credentials.failures import CannotAsk, one_by_one
from realtime_notify.credentials.sessions import session_key_of, users_of_sessions
from realtime_notify.exceptions import InvalidCredentials
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


class _Claim(NamedTuple):
    """Who a client says it is, before the database has been asked about it."""

    user: Any = None
    """A user or their primary key; None if only the session knows."""
    session_key: str | None = None
    expires: datetime | None = None
    ask_session: bool = False
    """Whether it is good only while this user is signed in with the session."""


def identify(batch: Sequence[Credentials]) -> list[Identity | Close]:
    """Return who each of these clients is, in their order.

    If a client shows a ticket, nothing else is asked. Else the project's authenticator is; then the
    user whom a middleware has put into the scope, or, without one, Django's session cookie.

    Returns:
        For each an identity, or why there is none: `Close.NOT_SIGNED_IN` if nobody vouches for
        them, `Close.CREDENTIALS_EXPIRED` if fresh credentials may help, and `Close.DRAINING` if
        they cannot be checked now.

    Raises:
        Exception: the database or the session cache does not answer; nobody can be identified.
    """
    claims = _claims(batch)
    asked = [claim for claim in claims if isinstance(claim, _Claim)]
    sessions = users_of_sessions(
        {each.session_key for each in asked if each.ask_session and each.session_key}
    )
    known = users.of_keys(
        {each.user for each in asked if not each.ask_session and not _is_user(each.user)}
    )
    return [
        _identity(claim, sessions, known) if isinstance(claim, _Claim) else claim
        for claim in claims
    ]


# --- what clients claim ---


def _claims(batch: Sequence[Credentials]) -> list[_Claim | Close]:
    redeemed = tickets.redeem([each.ticket for each in batch if each.ticket is not None])
    without = [number for number, each in enumerate(batch) if each.ticket is None]
    told = one_by_one(without, lambda number: _claim_of_scope(batch[number].scope))
    claims: list[_Claim | Close] = []
    for number, credentials in enumerate(batch):
        if credentials.ticket is not None:
            # Taken out, for it is good once, even among those who come together.
            claims.append(_claim_of_ticket(redeemed.pop(credentials.ticket, None)))
        else:
            claim = told[number]
            claims.append(Close.DRAINING if isinstance(claim, CannotAsk) else claim)
    return claims


def _claim_of_ticket(redeemed: tickets.Redeemed | None) -> _Claim | Close:
    if redeemed is None:
        return Close.CREDENTIALS_EXPIRED
    return _Claim(*redeemed, ask_session=redeemed.session_key is not None)


def _claim_of_scope(scope: dict[str, Any]) -> _Claim | Close:
    try:
        vouched = vouched_by(headers_of_scope(scope))
    except InvalidCredentials:
        return Close.CREDENTIALS_EXPIRED
    if vouched is not None:
        return _Claim(_user_or_key(vouched.user), None, aware(vouched.expires) or end_of_lifetime())
    if "user" in scope:
        return _claim_of_middleware(scope)
    session_key = _session_key(scope)
    return _Claim(session_key=session_key, ask_session=True) if session_key else _NOBODY


def _claim_of_middleware(scope: dict[str, Any]) -> _Claim:
    user = scope["user"]
    session_key = session_key_of(scope.get("session"), user)
    expires = aware(scope.get("expires"))
    if expires is None and session_key is None:
        expires = end_of_lifetime()
    return _Claim(_user_or_key(user), session_key, expires)


def _session_key(scope: dict[str, Any]) -> str | None:
    headers = scope.get("headers", ())
    cookie = "; ".join(value.decode("latin1") for name, value in headers if name == b"cookie")
    return parse_cookie(cookie).get(django_settings.SESSION_COOKIE_NAME)


def _is_user(value: object) -> bool:
    return isinstance(value, get_user_model())


def _user_or_key(user: Any) -> Any:
    """Return a user of the user model, or else a primary key, so that its row is looked up."""
    return user if _is_user(user) else users.key(getattr(user, "pk", user))


# --- whether it is true ---


def _identity(
    claim: _Claim, sessions: Mapping[str, Any], known: Mapping[Any, Any]
) -> Identity | Close:
    if claim.expires is not None and claim.expires <= datetime.now(UTC):
        return Close.CREDENTIALS_EXPIRED
    if claim.ask_session:
        user = sessions.get(claim.session_key or "")
        if isinstance(user, CannotAsk):
            return Close.DRAINING
        if claim.user not in (None, user_pk(user)):
            return _NOBODY  # somebody else has signed in with it meanwhile
    else:
        user = claim.user if _is_user(claim.user) else known.get(claim.user)
    if not users.may_see(user):
        return _NOBODY
    return Identity(user_pk(user), claim.session_key, claim.expires)


_NOBODY = Close.NOT_SIGNED_IN
