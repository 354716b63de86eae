"""Which sites may open a socket.

Browsers send their cookies with a socket that any site opens, so another site could read a
signed-in user's notifications (https://cwe.mitre.org/data/definitions/1385.html). Channels'
`AllowedHostsOriginValidator` compares the origin with `ALLOWED_HOSTS`, which protects nobody where
it is ``["*"]``, and whose patterns know neither schemes nor ports
(https://channels.readthedocs.io/en/stable/topics/security.html). Here the origin is compared with
the very host that was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.http.request import split_domain_port, validate_host

from realtime_notify.conf import settings

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
LOOPBACK = (".localhost", "127.0.0.1", "[::1]")  # what Django allows under DEBUG


class _Origin(NamedTuple):
    scheme: str
    host: str
    port: int | None


def is_allowed(scope: dict[str, Any]) -> bool:
    """Return whether the page that opens this socket may do so.

    A client that sends no origin is not a browser, and has no cookies but its own.
    """
    headers = dict(scope.get("headers", ()))
    host = _host(headers)
    if host and not _is_host_allowed(host):
        return False
    if b"origin" not in headers:
        return True
    origin = _parse(headers[b"origin"].decode("latin1"))
    if origin is None:
        return False
    if host and any(origin == _parse(f"{scheme}://{host}") for scheme in _page_schemes(scope)):
        return True
    listed = (*settings.ALLOWED_ORIGINS, *django_settings.CSRF_TRUSTED_ORIGINS)
    return _is_listed(origin, listed)


def described(scope: dict[str, Any]) -> str:
    """Return the origin and the host of a socket, for a log line."""
    headers = dict(scope.get("headers", ()))
    return f"the origin {_shown(headers.get(b'origin'))} to the host {_shown(headers.get(b'host'))}"


def _shown(header: bytes | None) -> str:
    return "(none)" if header is None else repr(header.decode("latin1")[:200])


def _host(headers: dict[bytes, bytes]) -> str:
    host = headers.get(b"host", b"")
    if django_settings.USE_X_FORWARDED_HOST:
        host = headers.get(b"x-forwarded-host", host)
    return host.decode("latin1").strip().lower()


def _page_schemes(scope: dict[str, Any]) -> tuple[str, ...]:
    """Return the schemes that pages of the site may have.

    If the socket is known to be secure, a page that anybody on the way could have changed is not
    the site's own. Behind a proxy that Django is not told to trust, it is unknown.
    """
    secure = scope.get("scheme") == "wss"
    if django_settings.SECURE_PROXY_SSL_HEADER:
        name, value = django_settings.SECURE_PROXY_SSL_HEADER
        header = name.removeprefix("HTTP_").replace("_", "-").lower().encode()
        told = dict(scope.get("headers", ())).get(header)
        if told is not None:  # as in HttpRequest.scheme
            secure = told.decode("latin1").split(",", 1)[0].strip() == value
    return ("https",) if secure else ("http", "https")


def _is_host_allowed(host: str) -> bool:
    allowed = django_settings.ALLOWED_HOSTS
    if django_settings.DEBUG and not allowed:
        allowed = list(LOOPBACK)
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def _is_listed(origin: _Origin, patterns: Iterable[str]) -> bool:
    for pattern in patterns:
        listed = _parse(pattern.replace("://*.", "://"))
        if listed is None or listed[::2] != origin[::2]:  # scheme and port
            continue
        if "://*." in pattern:
            if origin.host.endswith(f".{listed.host}"):
                return True
        elif origin.host == listed.host:
            return True
    return False


def _parse(text: str) -> _Origin | None:
    """Take an origin apart; None for "null" and anything else that is not an origin."""
    try:
        parts = urlsplit(text.strip().lower())
        port = parts.port
    except ValueError:
        return None
    if not parts.scheme or not parts.hostname:
        return None
    return _Origin(parts.scheme, parts.hostname, port or DEFAULT_PORTS.get(parts.scheme))
