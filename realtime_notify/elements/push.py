"""The switch for pushes to this browser."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from realtime_notify.conf import settings
from realtime_notify.elements.attributes import as_html, named, texts
from realtime_notify.elements.scripts import is_signed_in, module_script
from realtime_notify.media.webpush import vapid
from realtime_notify.models.objects import user_pk
from realtime_notify.outbox import backends


def push(request: HttpRequest, **attributes: Any) -> SafeString:
    """Return the switch for pushes to this browser, with its script.

    It is "" if no user is signed in, or the site does not push.

    Args:
        request: the current request.
        attributes: further attributes of the element, named as in `bell()`.
    """
    if not is_signed_in(request) or not _pushes():
        return mark_safe("")
    inbox_url = reverse("realtime_notify:inbox")
    given: dict[str, Any] = {
        "api-url": f"{inbox_url}api/",
        "worker-url": reverse("realtime_notify:push-worker"),
        "scope": inbox_url,
        "key": vapid.public_key(),
        "user": str(user_pk(request.user)),
        **texts("push"),
        **named(attributes),
    }
    script = module_script("notify-push.js", request)
    return format_html("{}<notify-push{}></notify-push>", script, as_html(given))


def _pushes() -> bool:
    """Tell whether the site has all that Web Push needs; a system check says what it lacks."""
    return "webpush" in backends() and bool(settings.VAPID_PRIVATE_KEY) and vapid.is_installed()
