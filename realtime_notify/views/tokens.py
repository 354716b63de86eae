"""Links that act without signing in: whoever has the secret of a subscription may end it.

The secret is in the mails to the subscriber and nowhere else. A page that is fetched does nothing:
programs that look at mails fetch every link in them.
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
from realtime_notify.subscriptions import self_service


@csrf_exempt  # the secret is what is asked for; mail programs send no cookie (RFC 8058)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a link unsubscribes from; POST does it."""
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
    """Show what an e-mail address was subscribed to; POST confirms that its owner wants it."""
    found = _subscription(token)
    if found is None or not found.email:
        return _page(request, "unknown")
    if request.method == "POST":
        subscriptions.set_active([found.pk], True)
        found.active = True
    return _page(request, "confirmed" if found.active else "confirming", found)


def _subscription(token: str) -> Subscription | None:
    """Return the one with this secret; a group's is not one member's to end."""
    rows = Subscription.objects.filter(secret=token, group_type=None).select_related("type")
    # Databases may take other letters for the same.
    same = [one for one in rows if token and constant_time_compare(one.secret, token)]
    return same[0] if len(same) == 1 else None


def _page(
    request: HttpRequest, state: str, subscription: Subscription | None = None
) -> HttpResponse:
    context = {
        "state": state,
        "subscription": subscription and self_service.described([subscription])[0],
    }
    status = 404 if state == "unknown" else 200
    response = render(request, "realtime_notify/link.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"  # the address of this page is a secret
    return response
