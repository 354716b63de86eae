"""The HTTP doors: a JSON API with the socket's verbs, and an inbox that needs no JavaScript."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.decorators import login_required
from django.core.exceptions import RequestDataTooBig
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.http.request import UnreadablePostError
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from realtime_notify import inbox
from realtime_notify.conf import settings
from realtime_notify.exceptions import InvalidRequest
from realtime_notify.live.protocol import ErrorCode, ProtocolError, validate
from realtime_notify.models import Level, Notification

Frame = dict[str, Any]
Answer = Callable[..., Frame]

CHANGES = ("read", "unread", "seen", "archive", "unarchive", "delete")
"""The verbs that change an inbox; each has an address that takes a POST."""

FILTERS: dict[str, dict[str, bool]] = {
    "all": {},
    "unread": {"unread": True},
    "archived": {"archived": True},
}
"""What the inbox page can show, and how that is asked for."""


# --- the JSON API ----------------------------------------------------------------------------


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class _CsrfCheck(CsrfViewMiddleware):
    """Django's check, which says what was wrong instead of showing a page about it."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def api(method: str) -> Callable[[Answer], Callable[..., HttpResponse]]:
    """Make a JSON address of a function that returns a frame.

    The order of the checks is the order in which a caller can mend things: the method, then who
    they are, then the CSRF token, then what they sent.
    """

    def decorate(answer: Answer) -> Callable[..., HttpResponse]:
        # Exempt from the middleware, whose refusal is a page of HTML; checked right here.
        @csrf_exempt
        @wraps(answer)
        def view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            try:
                _admit(request, method)
                response = JsonResponse(answer(request, **kwargs))
            except Refused as refused:
                response = _error(refused.status, refused.code, refused.message)
            except ProtocolError as error:
                response = _error(HTTPStatus.BAD_REQUEST, error.code, error.message)
            except InvalidRequest as error:
                response = _error(HTTPStatus.BAD_REQUEST, ErrorCode.BAD_REQUEST, str(error))
            if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                response["Allow"] = method
            response["Cache-Control"] = "no-store"
            patch_vary_headers(response, ("Cookie",))
            return response

        return view

    return decorate


def _admit(request: HttpRequest, method: str) -> None:
    if request.method != method:
        raise Refused(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "method_not_allowed",
            f"Use {method} here, not {request.method}.",
        )
    if not request.user.is_authenticated:
        raise Refused(HTTPStatus.UNAUTHORIZED, "not_signed_in", "Sign in first.")
    check = _CsrfCheck(lambda request: HttpResponse())
    check.process_request(request)
    if reason := check.process_view(request, lambda request: HttpResponse(), (), {}):
        raise Refused(HTTPStatus.FORBIDDEN, "csrf_failed", str(reason))


def _error(status: HTTPStatus, code: str, message: str) -> JsonResponse:
    error = {"code": str(code), "message": message, "temporary": False}
    return JsonResponse({"error": error}, status=status)


def _json(request: HttpRequest) -> Frame:
    """Return the object that was sent, under the limits that a frame of the socket has."""
    if request.content_type != "application/json":
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            f"Send application/json, not {request.content_type or 'nothing'!r}.",
        )
    limit = settings.MAX_FRAME_BYTES
    too_large = Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        ErrorCode.TOO_LARGE,
        f"A request may have {limit} bytes.",
    )
    try:
        body = request.body
    except RequestDataTooBig:
        raise too_large from None
    except UnreadablePostError:
        raise Refused(
            HTTPStatus.BAD_REQUEST, ErrorCode.BAD_JSON, "The request broke off."
        ) from None
    if len(body) > limit:
        raise too_large
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(
            HTTPStatus.BAD_REQUEST, ErrorCode.BAD_JSON, "The request is not valid JSON."
        ) from None
    if not isinstance(sent, dict):
        raise Refused(
            HTTPStatus.BAD_REQUEST,
            ErrorCode.BAD_REQUEST,
            f'Send an object such as {{"ids": [12]}}, not {type(sent).__name__}.',
        )
    return sent


def _number(text: str) -> int | str:
    """Return a number where there is one; the protocol refuses anything else by name."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else text


def _flag(text: str) -> bool | str:
    return {"1": True, "true": True, "0": False, "false": False}.get(text.lower(), text)


_READERS: dict[str, Callable[[str], Any]] = {
    "before": str,
    "limit": _number,
    "unread": _flag,
    "archived": _flag,
    "since": _number,
}


def _query(request: HttpRequest, *names: str) -> Frame:
    """Return the named parameters of the query as the values they stand for."""
    return {name: _READERS[name](request.GET[name]) for name in names if name in request.GET}


@api("GET")
def api_page(request: HttpRequest) -> Frame:
    """Answer with a page of notifications, newest first."""
    asked = _query(request, "before", "limit", "unread", "archived")
    return inbox.perform(request.user, "page", validate("page", asked))


@api("GET")
def api_count(request: HttpRequest) -> Frame:
    """Answer with the counters and the revision they belong to."""
    return inbox.counts(request.user)


@api("GET")
def api_sync(request: HttpRequest) -> Frame:
    """Answer with what changed since a revision."""
    return inbox.perform(request.user, "sync", validate("sync", _query(request, "since")))


@api("POST")
def api_change(request: HttpRequest, verb: str) -> Frame:
    """Change the inbox, by ids or up to a revision."""
    return inbox.perform(request.user, verb, validate(verb, _json(request)))


# --- the pages -------------------------------------------------------------------------------


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
        frame = inbox.perform(request.user, "page", args)
    except (ProtocolError, InvalidRequest):
        # A cursor that is mistyped or out of date: start from the top.
        return redirect(_inbox_url(show))
    context = {
        "items": [_for_page(item) for item in frame["put"]],
        "rev": counts["rev"],
        "unread": counts["unread"],
        "show": show,
        "before": before,
        "filters": [
            {"name": name, "label": label, "url": _inbox_url(name), "current": name == show}
            for name, label in (
                ("all", _("Inbox")),
                ("unread", _("Unread")),
                ("archived", _("Archive")),
            )
        ],
        "newest_url": _inbox_url(show) if before else "",
        "older_url": _inbox_url(show, frame["next"]) if frame["next"] else "",
    }
    return render(request, "realtime_notify/inbox.html", context)


def _inbox_url(show: str = "all", before: str = "") -> str:
    query = {}
    if show != "all":
        query["show"] = show
    if before:
        query["before"] = before
    url = reverse("realtime_notify:inbox")
    return f"{url}?{urlencode(query)}" if query else url


def _for_page(item: Frame) -> Frame:
    """Return an item as the template wants it: with a time instead of the text of one."""
    created = datetime.fromisoformat(item["created"])
    return {
        **item,
        "created": created,
        "is_new": datetime.now(created.tzinfo) - created < timedelta(minutes=1),
        # Colour alone would not say it to everybody; "info" needs no saying.
        "level_label": Level(item["level"]).label if item["level"] != Level.INFO else "",
    }


def _change_from_form(request: HttpRequest, show: str, before: str) -> HttpResponse:
    """Do what a button of the inbox page says."""
    verb = request.POST.get("action", "")
    if verb not in CHANGES:
        return HttpResponseBadRequest(_("There is no such action."))
    if "upto" in request.POST:
        asked: Frame = {"upto": _number(request.POST["upto"])}
    else:
        asked = {"ids": [_number(one) for one in request.POST.getlist("ids")]}
    try:
        inbox.perform(request.user, verb, validate(verb, asked))
    except (ProtocolError, InvalidRequest) as error:
        return HttpResponseBadRequest(str(error), content_type="text/plain; charset=utf-8")
    return redirect(_inbox_url(show, before))


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
    return HttpResponseRedirect(safe_url(notification.event.url) or _inbox_url())


def _is_guess(request: HttpRequest) -> bool:
    """Tell whether a browser fetches the page in case somebody wants it: nobody read anything."""
    return "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))


def safe_url(url: str) -> str:
    """Return an address that a browser may be sent to, or "" for one it must not.

    Good are http and https, and paths of this site. Browsers drop control characters and read a
    backslash as a slash, so an address with either means something else than it says.
    """
    if not url.isprintable() or "\\" in url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme in ("http", "https") and parts.netloc:
        return url
    if parts.scheme or parts.netloc:
        return ""
    if url.startswith(("?", "#")):
        return f"/{url}"  # of the front page: taken from here, it would lead here again
    return url if url.startswith("/") else ""
