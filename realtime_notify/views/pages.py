"""The inbox as HTML pages that need no JavaScript, and the redirect of a notification."""

from __future__ import annotations

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

from realtime_notify import commands, inbox
from realtime_notify.elements.inbox_list import for_template, inbox_list, live_context
from realtime_notify.exceptions import InvalidRequest
from realtime_notify.links import is_safe_url
from realtime_notify.models import Notification
from realtime_notify.models.objects import user_pk
from realtime_notify.views.api import INBOX_COMMANDS
from realtime_notify.views.json import JSONObject, int_or_text
from realtime_notify.wire.commands import validate
from realtime_notify.wire.protocol import ProtocolError

FILTERS: dict[str, dict[str, bool]] = {
    "all": {},
    "unread": {"unread": True},
    "archived": {"archived": True},
}
"""The filters of the inbox page, as arguments of the command `page`."""


@never_cache
@login_required
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def inbox_page(request: HttpRequest) -> HttpResponseBase:
    """Show a page of the inbox; POST changes the inbox and shows the same page again."""
    params = request.POST if request.method == "POST" else request.GET
    show = params.get("show", "all")
    if show not in FILTERS:
        show = "all"
    before = params.get("before", "")
    if request.method == "POST":
        return _change_from_form(request, show, before)
    try:
        args = validate("page", {**FILTERS[show], **({"before": before} if before else {})})
        # Before the page is read, so that "mark all" marks only what is on it, or older.
        counts = inbox.counts(request.user)
        frame = commands.perform(request.user, "page", args)
    except (ProtocolError, InvalidRequest):
        # The cursor is invalid or out of date: start from the top.
        return redirect(_inbox_url(show))
    context = {
        **live_context(request, counts["unread"]),
        "items": [for_template(item) for item in frame["put"]],
        "rev": counts["rev"],
        "unread": counts["unread"],
        "show": show,
        "before": before,
        "tabs": tabs(show),
        "newest_url": _inbox_url(show) if before else "",
        "older_url": _inbox_url(show, frame["next"]) if frame["next"] else "",
    }
    return render(request, "realtime_notify/inbox.html", context)


@never_cache
@login_required
@csrf_protect
@require_safe
def list_alone(request: HttpRequest) -> HttpResponse:
    """Return what `{% notify_inbox %}` renders, for a page that shows it already."""
    amount, back = request.GET.get("amount", ""), request.GET.get("next", "")
    return HttpResponse(
        inbox_list(request, int(amount) if amount.isdecimal() else 10, next_url=back)
    )


def tabs(current: str) -> list[JSONObject]:
    """Return the tabs of the pages: the filters of the inbox, and the preferences."""
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


def _change_from_form(request: HttpRequest, show: str, before: str) -> HttpResponse:
    """Carry out the command of a button on the inbox page."""
    command = request.POST.get("action", "")
    if command not in INBOX_COMMANDS:
        return HttpResponseBadRequest(_("There is no such action."))
    if "upto" in request.POST:
        arguments: JSONObject = {"upto": int_or_text(request.POST["upto"])}
    else:
        arguments = {"ids": [int_or_text(pk) for pk in request.POST.getlist("ids")]}
    if "until" in request.POST:
        arguments["until"] = request.POST["until"]
    try:
        commands.perform(request.user, command, validate(command, arguments))
    except (ProtocolError, InvalidRequest) as error:
        return HttpResponseBadRequest(str(error), content_type="text/plain; charset=utf-8")
    # "next" leads back to a page of the project that has such a button.
    back = request.POST.get("next", "")
    is_own_page = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(back if is_own_page else _inbox_url(show, before))


@never_cache
@login_required
@require_safe
def go(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a notification as read and redirect to its URL."""
    notification = get_object_or_404(
        Notification.objects.with_event(),
        pk=pk,
        user=user_pk(request.user),
        deleted_at__isnull=True,
    )
    if request.method == "GET" and not _is_prefetch(request):
        inbox.mark_read(request.user, ids=[pk])
    return HttpResponseRedirect(redirect_url(notification.event.url) or _inbox_url())


def _is_prefetch(request: HttpRequest) -> bool:
    """Tell whether a browser prefetches the page, which the user may never see."""
    return "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))


def redirect_url(url: str) -> str:
    """Return the URL to redirect to; "" if the browser must not be sent there."""
    if not is_safe_url(url):
        return ""
    if url.startswith(("?", "#")):
        return f"/{url}"  # relative to the front page; from here it would redirect to itself
    return url
