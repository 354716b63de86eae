"""Web Push for browsers: the service worker, and the subscriptions of a user."""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import TypedDict

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition, require_safe

import realtime_notify
from realtime_notify.conf import settings
from realtime_notify.media.webpush import accounts, browsers, vapid
from realtime_notify.models.objects import user_pk
from realtime_notify.views.json import HttpError, json_body, json_view


class PushSettings(TypedDict):
    """What a browser needs to subscribe, and the user's browsers that have."""

    key: str
    browsers: list[browsers.Browser]
    csrf_token: str


WORKER = Path(realtime_notify.__file__).parent / "static/realtime_notify/push-worker.js"


@lru_cache(maxsize=1)
def _worker() -> bytes:
    return WORKER.read_bytes()


def _etag(request: HttpRequest) -> str:
    return f'"{sha256(_worker()).hexdigest()[:32]}"'


@login_not_required
@require_safe
@condition(etag_func=_etag)
def worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker.

    It is a view instead of a static file, because a worker must be of the page's own origin, and
    its address decides what it may control: nothing outside of these pages, so that it never takes
    the place of a worker of the site's own.
    """
    response = HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["Service-Worker-Allowed"] = reverse("realtime_notify:inbox")
    response["X-Content-Type-Options"] = "nosniff"
    return response


@csrf_exempt  # json_view checks the token
def subscriptions(request: HttpRequest) -> HttpResponse:
    """Return the user's browsers, newest first; POST registers the one that asks."""
    response = _subscriptions(request)
    if request.method == "POST" and response.status_code == HTTPStatus.OK:
        accounts.remember(request, response, json.loads(response.content)["digest"])
    return response


@json_view("GET", "POST")
def _subscriptions(request: HttpRequest) -> PushSettings | browsers.Browser:
    if not (settings.VAPID_PRIVATE_KEY and vapid.is_installed()):
        raise HttpError(
            HTTPStatus.NOT_FOUND, "not_found", "This site has no VAPID_PRIVATE_KEY to push with."
        )
    user = user_pk(request.user)
    if request.method != "POST":
        # The worker has no page to read the token from when its subscription changes.
        return {
            "key": vapid.public_key(),
            "browsers": browsers.listed(user),
            "csrf_token": get_token(request),
        }
    offer = browsers.checked(json_body(request))
    return browsers.register(user, offer, request.headers.get("User-Agent", ""))


subscriptions.methods = ("GET", "POST")  # type: ignore[attr-defined]
subscriptions.anonymous = False  # type: ignore[attr-defined]


@json_view("DELETE")
def subscription(request: HttpRequest, pk: int) -> dict[str, int]:
    """Remove one of the user's browsers."""
    return {"removed": int(browsers.remove(user_pk(request.user), pk))}
