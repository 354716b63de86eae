"""Links that work without signing in: whoever has the link of a message may unsubscribe.

Only messages to the subscriber contain the link. A GET request changes nothing, because mail
scanners fetch every link in a message.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from realtime_notify.models.media import label_of
from realtime_notify.subscriptions import listing, unsubscribing
from realtime_notify.subscriptions.preferences import media

HEADINGS = {
    "ending": _("Unsubscribe?"),
    "ended": _("Unsubscribed"),
    "refused": _("You cannot unsubscribe from this"),
    "over": _("You are unsubscribed already"),
    "undone": _("Subscribed again"),
    "too_late": _("This cannot be undone any more"),
    "unknown": _("This link does not work"),
}


@csrf_exempt  # the link is the permission; mail programs send no cookies (RFC 8058)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link of a message permits to end; POST ends it, or takes that back."""
    undone = unsubscribing.undo(request.POST["undo"]) if "undo" in request.POST else None
    permitted = unsubscribing.permitted(token)
    if permitted is None:
        return _page(request, {"state": "unknown"}, status=404)
    context = _about(permitted)
    if permitted.is_refused:
        state = "refused"
    elif undone is not None:
        state = "undone" if undone else "too_late"
    elif request.method == "POST":
        everything = request.POST.get("scope") == "everything"
        context["undo"] = permitted.end(everything=everything)
        context["everything"] |= everything
        state = "ended" if context["undo"] else "over"
    else:
        state = "over" if permitted.is_over else "ending"
    return _page(request, {**context, "state": state})


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
        "medium": media().get(permitted.medium) or label_of(permitted.medium),
        "everything": permitted.type is None,
        "more": permitted.type is not None and not replace(permitted, type=None).is_over,
    }


def _page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    context["heading"] = HEADINGS[context["state"]]
    response = render(request, "realtime_notify/unsubscribe.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"  # the URL contains the secret
    return response
