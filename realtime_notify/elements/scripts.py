"""The scripts that define the elements, with what the page's policy asks of a script."""

from __future__ import annotations

from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from realtime_notify.elements.attributes import as_html


def scripts(request: HttpRequest | None = None) -> SafeString:
    """Return the script element that defines `<notify-bell>`.

    If scripts cannot read the CSRF cookie, a meta element with the token precedes it. Without a
    request there is neither such a token nor a nonce.
    """
    script = module_script("notify-bell.js", request)
    if request is None or _csrf_cookie_is_readable() or not is_signed_in(request):
        return script
    return format_html('<meta name="csrf-token" content="{}">{}', get_token(request), script)


def module_script(name: str, request: HttpRequest | None) -> SafeString:
    """Return the script element of a module among the static files of this package."""
    attributes: dict[str, Any] = {"type": "module", "src": static(f"realtime_notify/{name}")}
    if nonce := _nonce(request):
        attributes["nonce"] = nonce
    return format_html("<script{}></script>", as_html(attributes))


def is_signed_in(request: HttpRequest) -> bool:
    """Tell whether the request is that of a user."""
    user = getattr(request, "user", None)
    return user is not None and bool(user.is_authenticated)


def _csrf_cookie_is_readable() -> bool:
    """Tell whether scripts can read the CSRF token from Django's default cookie."""
    return (
        settings.CSRF_COOKIE_NAME == "csrftoken"
        and not settings.CSRF_COOKIE_HTTPONLY
        and not settings.CSRF_USE_SESSIONS
    )


def _nonce(request: HttpRequest | None) -> str:
    """Return the nonce of the page's Content-Security-Policy; "" if the site uses no nonces.

    A nonce is lazy: reading it adds it to the header.
    """
    if request is None:
        return ""
    nonce = getattr(request, "csp_nonce", None)  # django-csp
    if nonce is None and django.VERSION >= (6, 0):
        from django.middleware.csp import get_nonce

        nonce = get_nonce(request)
    return "" if nonce is None else str(nonce)
