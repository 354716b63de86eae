"""Links that work without signing in: whoever has the link of a message may unsubscribe.

Only messages to the subscriber contain the link. A GET request changes nothing, because mail
scanners fetch every link in a message.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from realtime_notify import subscriptions
from realtime_notify.models import Subscription
from realtime_notify.subscriptions import listing, unsubscribing
from realtime_notify.subscriptions.preferences import media


@csrf_exempt  # the link is the permission; mail programs send no cookies (RFC 8058)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link of a message permits to end; POST ends it, or takes that back."""
    undone = unsubscribing.undo(request.POST["undo"]) if "undo" in request.POST else None
    permitted = unsubscribing.permitted(token)
    if permitted is None:
        return _page(request, "unsubscribe", {"state": "unknown"}, status=404)
    context = _about(permitted)
    if undone is not None:
        state = "undone" if undone else "too_late"
    elif request.method == "POST":
        everything = request.POST.get("scope") == "everything"
        context["undo"] = permitted.end(everything=everything)
        context["everything"] |= everything
        state = "ended" if context["undo"] else "over"
    else:
        state = "over" if permitted.is_over else "ending"
    return _page(request, "unsubscribe", {**context, "state": state})


def _about(permitted: unsubscribing.EndSubscriptions | unsubscribing.OptOutOf) -> dict[str, Any]:
    """Return what the page says of a link.

    Returns:
        `subscriptions`; or else `type` and `medium`, for a user; `everything`: whether it is about
        everything; `more`: whether there is more to end than it is about.
    """
    if isinstance(permitted, unsubscribing.EndSubscriptions):
        rows = [*permitted.subscriptions]
        more = bool(permitted.others)
        return {"subscriptions": listing.described(rows), "everything": False, "more": more}
    return {
        "type": permitted.type,
        "medium": media().get(permitted.medium, permitted.medium),
        "everything": permitted.type is None,
        "more": permitted.type is not None,
    }


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show the subscription of a confirmation link; POST activates it."""
    found = _subscription(token)
    if found is None or not found.email:
        return _page(request, "link", {"state": "unknown"}, status=404)
    if request.method == "POST":
        subscriptions.set_active([found.pk], True)
        found.active = True
    state = "confirmed" if found.active else "confirming"
    return _page(request, "link", {"state": state, "subscription": listing.described([found])[0]})


def _subscription(token: str) -> Subscription | None:
    """Return the subscription with this secret, unless it is a group's."""
    rows = Subscription.objects.filter(secret=token, group_type=None).select_related("type")
    # The comparison of a database may ignore case.
    same = [row for row in rows if token and constant_time_compare(row.secret, token)]
    return same[0] if len(same) == 1 else None


def _page(
    request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    response = render(request, f"realtime_notify/{name}.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"  # the URL contains the secret
    return response
