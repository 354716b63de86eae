"""The list of notifications that the server renders and that follows the inbox in a browser."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from realtime_notify import commands, inbox
from realtime_notify.elements.attributes import address, as_html, bundles, named
from realtime_notify.elements.scripts import is_signed_in, module_script
from realtime_notify.models import Level
from realtime_notify.models.humanize import ago
from realtime_notify.wire.vocabulary import Item

LONGEST = 100
"""The greatest number of notifications in a list."""


def inbox_list(
    request: HttpRequest, amount: int = 10, next_url: str = "", **attributes: Any
) -> SafeString:
    """Return the newest notifications with their buttons; "" if nobody is signed in.

    Args:
        request: the current request.
        amount: the maximum number of notifications, at most 100.
        next_url: where the buttons lead without JavaScript; by default to the current page.
        attributes: further attributes of the element, named as in `bell()`.
    """
    if not is_signed_in(request):
        return mark_safe("")
    amount = max(1, min(int(amount), LONGEST))
    next_url = next_url or request.get_full_path()
    query = urlencode({"amount": amount, "next": next_url})
    url = f"{reverse('realtime_notify:inbox-list')}?{query}"
    # Before the list is read, so that "mark all" marks only what is in it, or older.
    counts = inbox.counts(request.user)
    frame = commands.perform(request.user, "page", {"limit": amount})
    context = {
        **live_context(request, counts["unread"], url=url, **attributes),
        "items": [for_template(item) for item in frame["put"]],
        "rev": counts["rev"],
        "unread": counts["unread"],
        "show": "all",
        "next_url": next_url,
        "inbox_url": reverse("realtime_notify:inbox"),
    }
    return render_to_string("realtime_notify/notify_inbox.html", context, request)


def live_context(
    request: HttpRequest, unread: int, url: str | None = None, **attributes: Any
) -> dict[str, Any]:
    """Return what a template needs to make its list follow the inbox.

    Args:
        request: the current request.
        unread: the count that the list is rendered with.
        url: where the list alone is rendered; None if that is the page itself.
        attributes: further attributes of the element, named as in `bell()`.
    """
    given = {
        **address(request.user),
        "inbox-url": None,
        **bundles(),
        "url": url,
        "unread": str(unread),
        **named(attributes),
    }
    return {
        "live": as_html(given),
        "script": module_script("notify-inbox.js", request),
    }


def for_template(item: Item) -> dict[str, Any]:
    """Return an item for the template, with a datetime instead of ISO 8601."""
    created = datetime.fromisoformat(item["created"])
    return {
        **item,
        "created": created,
        "ago": ago(created),
        "is_new": datetime.now(created.tzinfo) - created < timedelta(minutes=1),
        # Text as well as colour, for accessibility; "info" is the normal case.
        "level_label": Level(item["level"]).label if item["level"] != Level.INFO else "",
    }
