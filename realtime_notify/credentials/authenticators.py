"""The project's authenticator: who it is, told by the headers of a socket or a request.

Django's session cookie says who somebody is without it. A mobile app, a single-page app on another
host or another backend shows a token of its own instead, which the class or function that
`AUTHENTICATOR` names understands.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from random import uniform
from typing import Any, NamedTuple, TypeAlias

from django.core.signals import setting_changed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.datastructures import CaseInsensitiveMapping
from django.utils.module_loading import import_string

from realtime_notify.conf import settings
from realtime_notify.exceptions import InvalidSetting
from realtime_notify.models.moments import in_utc

Headers: TypeAlias = Mapping[str, str]


class Vouched(NamedTuple):
    """What an authenticator says about credentials that it knows and accepts."""

    user: Any
    """The user, or their primary key. With primary keys, the users of many sockets that open at
    once are fetched with one query."""
    expires: datetime | None = None
    """When the credentials expire. None if they do not say: a socket then shows them again after
    `CREDENTIALS_LIFETIME`."""


Authenticator: TypeAlias = Callable[[Headers], Vouched | None]
"""Returns who the headers vouch for, or None if they hold no credentials that it knows.

Raises `InvalidCredentials` for credentials that are wrong or have expired.
"""


def vouched_by(headers: Headers) -> Vouched | None:
    """Ask the project's authenticator who these headers vouch for; None without an authenticator.

    Raises:
        InvalidCredentials: the headers hold credentials that are wrong or have expired.
        TypeError: the authenticator returned something else than `Vouched` or None.
    """
    if not settings.AUTHENTICATOR:
        return None
    vouched = authenticator(settings.AUTHENTICATOR)(headers)
    if vouched is None or isinstance(vouched, Vouched):
        return vouched
    raise TypeError(
        f"{settings.AUTHENTICATOR} returned a {type(vouched).__name__}; it must return "
        "realtime_notify.credentials.Vouched(user, expires), or None."
    )


@cache
def authenticator(path: str) -> Authenticator:
    """Return the authenticator with a dotted path; of a class, an instance.

    Raises:
        InvalidSetting: nothing at that path can be called with headers.
    """
    try:
        found = import_string(path)
        made: Authenticator = found() if isinstance(found, type) else found
    except Exception as error:
        raise InvalidSetting(f"cannot be imported or made: {error}") from error
    if not callable(made):
        raise InvalidSetting(f"cannot be called: it is a {type(made).__name__}.")
    if inspect.iscoroutinefunction(made) or inspect.iscoroutinefunction(type(made).__call__):
        raise InvalidSetting("is a coroutine function; it is called in a thread, and may block.")
    try:
        inspect.signature(made).bind({})
    except (TypeError, ValueError):
        raise InvalidSetting("cannot be called with one argument, the headers.") from None
    return made


@receiver(setting_changed, dispatch_uid="realtime_notify.credentials")
def _forget(**kwargs: object) -> None:
    """Make authenticators anew when a test overrides the settings that they have read."""
    authenticator.cache_clear()


def headers_of_scope(scope: Mapping[str, Any]) -> Headers:
    """Return the headers of a socket as an authenticator gets them."""
    found: dict[str, str] = {}
    for name, value in scope.get("headers", ()):
        text = value.decode("latin1")
        known = found.get(name.decode("latin1"))
        found[name.decode("latin1")] = text if known is None else f"{known},{text}"
    return _without_cookies(found)


def headers_of_request(request: HttpRequest) -> Headers:
    """Return the headers of a request as an authenticator gets them."""
    return _without_cookies(request.headers)


def _without_cookies(headers: Headers) -> Headers:
    """Leave the cookies out, which a browser sends whoever wrote the page.

    What vouches by them needs a CSRF token; what an authenticator vouches for needs none.
    """
    shown = {name: value for name, value in headers.items() if name.lower() != "cookie"}
    return CaseInsensitiveMapping(shown)


def aware(moment: Any) -> datetime | None:
    """Return the moment at which credentials expire with a time zone; None stays None.

    Raises:
        TypeError: it is something else.
    """
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        raise TypeError(f"Credentials expire at {moment!r}; say a datetime, or None.")
    return in_utc(moment)


def end_of_lifetime() -> datetime:
    """Return when credentials are to be shown again that do not say when they expire.

    It is a little different each time, so that sockets which opened together come back one by one.
    """
    return datetime.now(UTC) + timedelta(seconds=settings.CREDENTIALS_LIFETIME * uniform(0.9, 1))
