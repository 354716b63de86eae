"""A JSON view for pages that poll: counters and the newest notifications, ready for display.

It needs no client: labels and ages are texts in the language of the request.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypedDict

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from realtime_notify import inbox
from realtime_notify.models import Notification
from realtime_notify.models.humanize import ago
from realtime_notify.models.objects import user_pk
from realtime_notify.views.json import json_body, json_view, query_params
from realtime_notify.wire.commands import validate
from realtime_notify.wire.vocabulary import Item


class FeedItem(Item):
    """An item with texts for display."""

    label: str
    public: bool
    times: str
    ago: str


class Feed(TypedDict):
    """The newest items, with the counters of the inbox and the length of its list."""

    rev: int
    unread: int
    unseen: int
    all: int
    items: list[FeedItem]


@json_view("GET", "POST", anonymous=True)
def feed(request: HttpRequest) -> Feed:
    """Return new notifications; POST also marks those that it returns as read."""
    posted = request.method == "POST"
    asked = json_body(request) if posted else query_params(request, "unread", "limit", "after")
    after = validate("sync", {"since": asked.pop("after", None)}).get("since", 0)
    counts_only = asked.get("limit") == 0 and asked["limit"] is not False
    wanted = ("unread",) if counts_only else ("unread", "limit")
    asked = validate("page", {name: asked.get(name) for name in wanted})
    user = request.user
    if not user.is_authenticated:
        return {"rev": 0, "unread": 0, "unseen": 0, "all": 0, "items": []}
    newest = [] if counts_only else inbox.page(user, **asked)["put"]
    items = [item for item in newest if item["seq"] > after]
    if posted and items:
        inbox.mark_read(user, ids=[item["id"] for item in items])
    counts = inbox.counts(user)
    everything = Notification.objects.active().filter(user=user_pk(user)).count()
    return {
        "rev": counts["rev"],
        "unread": counts["unread"],
        "unseen": counts["unseen"],
        "all": everything,
        "items": _with_texts(items),
    }


def _with_texts(items: list[Item]) -> list[FeedItem]:
    """Add texts for display: the label of the type, the number of occurrences, the age."""
    rows = Notification.objects.filter(pk__in=[item["id"] for item in items])
    more = {
        pk: (label, public)
        for pk, label, public in rows.values_list("pk", "event__type__label", "event__public")
    }
    return [_with_text(item, *more.get(item["id"], ("", True))) for item in items]


def _with_text(item: Item, label: str, public: bool) -> FeedItem:
    count = item["occurrences"]
    times = ngettext("%(count)d time", "%(count)d times", count) % {"count": count}
    return {
        **item,
        "label": label or item["key"],
        "public": public,
        "times": times if count > 1 else "",
        "ago": _age(datetime.fromisoformat(item["created"])),
    }


def _age(moment: datetime) -> str:
    """Return the age of a moment; "just now" within a minute, or ahead of the clock."""
    if datetime.now(moment.tzinfo) - moment < timedelta(minutes=1):
        return _("just now")
    return ago(moment)
