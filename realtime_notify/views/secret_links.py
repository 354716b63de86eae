"""Links that work without signing in: the secret of a subscription permits to end it.

Only e-mails to the subscriber contain the secret. A GET request changes nothing, because mail
scanners fetch every link in a message.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from realtime_notify import subscriptions
from realtime_notify.models import Subscription
from realtime_notify.subscriptions import listing


@csrf_exempt  # the secret is the permission; mail programs send no cookies (RFC 8058)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show the subscription of an unsubscribe link; POST ends it."""
    found = _subscription(token)
    if found is None:
        return _page(request, "unknown")
    if request.method != "POST":
        return _page(request, "ending", found)
    page = _page(request, "ended", found)
    subscriptions.end([found.pk])
    return page


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show the subscription of a confirmation link; POST activates it."""
    found = _subscription(token)
    if found is None or not found.email:
        return _page(request, "unknown")
    if request.method == "POST":
        subscriptions.set_active([found.pk], True)
        found.active = True
    return _page(request, "confirmed" if found.active else "confirming", found)


def _subscription(token: str) -> Subscription | None:
    """Return the subscription with this secret, unless it is a group's."""
    rows = Subscription.objects.filter(secret=token, group_type=None).select_related("type")
    # The comparison of a database may ignore case.
    same = [row for row in rows if token and constant_time_compare(row.secret, token)]
    return same[0] if len(same) == 1 else None


def _page(
    request: HttpRequest, state: str, subscription: Subscription | None = None
) -> HttpResponse:
    context = {
        "state": state,
        "subscription": subscription and listing.described([subscription])[0],
    }
    status = 404 if state == "unknown" else 200
    response = render(request, "realtime_notify/link.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"  # the URL contains the secret
    return response
