"""In which language somebody reads who opens a socket."""

from __future__ import annotations

from typing import Any, NamedTuple, cast
from urllib.parse import parse_qs

from django.http import HttpRequest, parse_cookie
from django.utils import translation

from realtime_notify.live.asgi import Scope

PARAMETER = "language"
"""In the address of a socket: the language of the page that opens it."""


class _Request(NamedTuple):
    """What Django asks of a request for its language."""

    COOKIES: dict[str, str]
    META: dict[str, str]


def language_of(scope: Scope) -> str:
    """Return the language for a socket, one of `LANGUAGES`.

    The page that opens it says in its address which language it is in. Without that, Django's rules
    for requests hold: the language cookie, ``Accept-Language``, and `LANGUAGE_CODE`.
    """
    query = parse_qs(scope.get("query_string", b"").decode("latin1"))
    for code in query.get(PARAMETER, ()):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            pass  # another site's, or an old page's
    headers: dict[bytes, Any] = dict(scope.get("headers", ()))
    cookie = headers.get(b"cookie", b"").decode("latin1")
    accepted = headers.get(b"accept-language", b"").decode("latin1")
    request = _Request(parse_cookie(cookie), {"HTTP_ACCEPT_LANGUAGE": accepted})
    return translation.get_language_from_request(cast("HttpRequest", request))
