"""The header that shows the app works under a strict Content-Security-Policy."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Send POLICY with every page but the admin and tracebacks, which need more than it allows."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_debug_page = response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
        if not is_debug_page and not request.path.startswith("/admin/"):
            response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return middleware
