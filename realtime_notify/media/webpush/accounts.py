"""Whose browser it is: nobody's pushes stay in a browser after they have signed out of it.

A cookie names the subscription of a browser, so that the server knows it again whoever is signed
in, and however the last session ended. Receivers of Django's signals read it; `AppConfig.ready`
imports this module.
"""

from __future__ import annotations

import re
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from realtime_notify.media.webpush import browsers
from realtime_notify.models.objects import user_pk

COOKIE = "notify_push"
COOKIE_AGE = 400 * 24 * 60 * 60  # seconds; browsers keep none for longer

_DIGEST = re.compile(r"[0-9a-f]{64}")


def remember(request: HttpRequest, response: HttpResponse, digest: str) -> None:
    """Have a browser tell from now on which subscription is its own."""
    response.set_cookie(
        COOKIE,
        digest,
        max_age=COOKIE_AGE,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


@receiver(user_logged_out, dispatch_uid="realtime_notify.webpush.logged_out")
def forget_browser(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """Remove the browser in which somebody signs out."""
    if digest := _digest_of(request):
        browsers.sign_out(digest)


@receiver(user_logged_in, dispatch_uid="realtime_notify.webpush.logged_in")
def forget_browser_of_others(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """Remove the browser in which somebody signs in, if it is registered by another user."""
    if digest := _digest_of(request):
        browsers.sign_out(digest, but=user_pk(user))


def _digest_of(request: Any) -> str:
    digest = getattr(request, "COOKIES", {}).get(COOKIE, "")
    return digest if _DIGEST.fullmatch(digest) else ""
