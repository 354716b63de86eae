"""The cards that show what arrives."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from realtime_notify.elements.attributes import address, as_html, bundles, named, texts
from realtime_notify.elements.scripts import is_signed_in, module_script


def toasts(request: HttpRequest, **attributes: Any) -> SafeString:
    """Return the element that shows arrivals on cards, with its script; "" for an anonymous user.

    It takes no query.

    Args:
        request: the current request.
        attributes: further attributes of the element, named as in `bell()`.
    """
    return companion("toasts", request, attributes)


def companion(part: str, request: HttpRequest, attributes: dict[str, Any]) -> SafeString:
    """Return an element that uses the client in the bell's script, with its own script."""
    if not is_signed_in(request):
        return mark_safe("")
    get_token(request)  # as for the bell
    given: dict[str, Any] = {
        **address(request.user),
        **bundles(),
        **texts(part),
        **named(attributes),
    }
    script = module_script(f"notify-{part}.js", request)
    return format_html("{}<notify-{}{}></notify-{}>", script, part, as_html(given), part)
