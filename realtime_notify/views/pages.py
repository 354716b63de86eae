"""The inbox as pages: a list with buttons that need no JavaScript, and the way to what happened."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from realtime_notify import dispatch, inbox
from realtime_notify.exceptions import InvalidRequest
from realtime_notify.links import is_safe_url
from realtime_notify.models import Level, Notification
from realtime_notify.models.humanize import ago
from realtime_notify.views.api import INBOX_COMMANDS
from realtime_notify.views.json import JSONObject, int_or_text
from realtime_notify.wire.protocol import ProtocolError, validate
from realtime_notify.wire.vocabulary import Item

FILTERS: dict[str, dict[str, bool]] = {
    "all": {},
    "unread": {"unread": True},
    "archived": {"archived": True},
}
"""What the inbox page can show, and how that is asked for."""


@never_cache
@login_required
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def inbox_page(request: HttpRequest) -> HttpResponseBase:
    """Show the inbox page by page, or change it and show the same page again."""
    asked = request.POST if request.method == "POST" else request.GET
    show = asked.get("show", "all")
    if show not in FILTERS:
        show = "all"
    before = asked.get("before", "")
    if request.method == "POST":
        return _change_from_form(request, show, before)
    try:
        args = validate("page", {**FILTERS[show], **({"before": before} if before else {})})
        # Before the page: what "mark all" marks is then on it, or older.
        counts = inbox.counts(request.user)
        frame = dispatch.perform(request.user, "page", args)
    except (ProtocolError, InvalidRequest):
        # A cursor that is mistyped or out of date: start from the top.
        return redirect(_inbox_url(show))
    context = {
        "items": [_for_page(item) for item in frame["put"]],
        "rev": counts["rev"],
        "unread": counts["unread"],
        "show": show,
        "before": before,
        "tabs": tabs(show),
        "newest_url": _inbox_url(show) if before else "",
        "older_url": _inbox_url(show, frame["next"]) if frame["next"] else "",
    }
    return render(request, "realtime_notify/inbox.html", context)


def tabs(current: str) -> list[JSONObject]:
    """Return what leads from page to page: what the inbox can show, and the preferences."""
    shown = {"all": _("Inbox"), "unread": _("Unread"), "archived": pgettext("place", "Archive")}
    found = [
        {"name": name, "label": label, "url": _inbox_url(name)} for name, label in shown.items()
    ]
    url = reverse("realtime_notify:preferences")
    found.append({"name": "preferences", "label": _("Preferences"), "url": url})
    return [{**tab, "current": tab["name"] == current} for tab in found]


def _inbox_url(show: str = "all", before: str = "") -> str:
    query = {}
    if show != "all":
        query["show"] = show
    if before:
        query["before"] = before
    url = reverse("realtime_notify:inbox")
    return f"{url}?{urlencode(query)}" if query else url


def _for_page(item: Item) -> JSONObject:
    """Return an item as the template wants it: with a time instead of the text of one."""
    created = datetime.fromisoformat(item["created"])
    return {
        **item,
        "created": created,
        "ago": ago(created),
        "is_new": datetime.now(created.tzinfo) - created < timedelta(minutes=1),
        # Colour alone would not say it to everybody; "info" needs no saying.
        "level_label": Level(item["level"]).label if item["level"] != Level.INFO else "",
    }


def _change_from_form(request: HttpRequest, show: str, before: str) -> HttpResponse:
    """Do what a button of the inbox page says."""
    verb = request.POST.get("action", "")
    if verb not in INBOX_COMMANDS:
        return HttpResponseBadRequest(_("There is no such action."))
    if "upto" in request.POST:
        asked: JSONObject = {"upto": int_or_text(request.POST["upto"])}
    else:
        asked = {"ids": [int_or_text(one) for one in request.POST.getlist("ids")]}
    if "until" in request.POST:
        asked["until"] = request.POST["until"]
    try:
        dispatch.perform(request.user, verb, validate(verb, asked))
    except (ProtocolError, InvalidRequest) as error:
        return HttpResponseBadRequest(str(error), content_type="text/plain; charset=utf-8")
    # A page of the site's own, with such buttons on it, may want to be shown again.
    back = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(back if ours else _inbox_url(show, before))


@never_cache
@login_required
@require_safe
def go(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a notification read and go where it leads."""
    notification = get_object_or_404(
        Notification.objects.with_event(), pk=pk, user=request.user.pk, deleted_at__isnull=True
    )
    if request.method == "GET" and not _is_guess(request):
        inbox.mark_read(request.user, ids=[pk])
    return HttpResponseRedirect(redirect_url(notification.event.url) or _inbox_url())


def _is_guess(request: HttpRequest) -> bool:
    """Tell whether a browser fetches the page in case somebody wants it: nobody read anything."""
    return "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))


def redirect_url(url: str) -> str:
    """Return an address that a browser may be sent to, or "" for one it must not."""
    if not is_safe_url(url):
        return ""
    if url.startswith(("?", "#")):
        return f"/{url}"  # of the front page: taken from here, it would lead here again
    return url
