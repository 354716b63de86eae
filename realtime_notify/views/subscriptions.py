"""Subscriptions and preferences as JSON."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from realtime_notify import commands
from realtime_notify.exceptions import InvalidRequest
from realtime_notify.models import OptOut
from realtime_notify.models.transactions import writing
from realtime_notify.subscriptions import listing, profiles, self_service
from realtime_notify.subscriptions.preferences import Preferences, preferences_of, save_opt_outs
from realtime_notify.views.json import JSONObject, int_or_text, json_body, json_view, query_params
from realtime_notify.wire.commands import validate
from realtime_notify.wire.vocabulary import Frame

MAX_NAME = 128  # of a type's key, a type group, or a medium
MAX_MEDIA = 100

_OPT_OUTS = {"key", "group", "opted_out"}
_PROFILE = {"interval", "profile"}


@json_view("GET", "POST")
def subscriptions(request: HttpRequest) -> Frame | listing.OwnSubscriptions:
    """Return the user's own subscriptions, newest first; POST subscribes to another topic."""
    if request.method == "POST":
        return commands.perform(
            request.user, "subscribe", validate("subscribe", json_body(request))
        )
    limit = validate("page", query_params(request, "limit")).get("limit")
    before = validate("sync", {"since": _cursor(request)}).get("since")
    return listing.listed(request.user, before=before, limit=limit)


@json_view("DELETE")
def subscription(request: HttpRequest, pk: int) -> dict[str, int]:
    """End one of the user's own subscriptions."""
    return {"ended": int(self_service.leave(request.user, pk))}


@json_view("GET", "POST")
def preferences(request: HttpRequest) -> Preferences:
    """Return the user's preferences; POST changes them first."""
    if request.method == "POST":
        body = json_body(request)
        is_about_profile = bool(body.keys() & _PROFILE)
        opt_outs = _opt_outs(body) if body.keys() & _OPT_OUTS or not is_about_profile else None
        with writing(OptOut):
            if is_about_profile:
                profiles.choose(request.user, **_chosen(body))
            if opt_outs is not None:
                save_opt_outs(request.user, **opt_outs)
    return preferences_of(request.user)


def _cursor(request: HttpRequest) -> int | str | None:
    return int_or_text(request.GET["before"]) if "before" in request.GET else None


def _opt_outs(body: JSONObject) -> dict[str, Any]:
    """Return the validated arguments of `save_opt_outs()`."""
    named = {name: body[name] for name in ("key", "group") if body.get(name) is not None}
    if len(named) > 1:
        raise InvalidRequest('Send "key" or "group", or neither for everything; not both.')
    for name, value in named.items():
        if not _is_name(value):
            raise InvalidRequest(f'"{name}" must be a string of 1 to {MAX_NAME} characters.')
    opted_out = body.get("opted_out")
    if (
        not isinstance(opted_out, list)
        or len(opted_out) > MAX_MEDIA
        or not all(map(_is_name, opted_out))
    ):
        raise InvalidRequest('"opted_out" must be a list of the names of media.')
    return {**named, "opted_out": opted_out}


def _chosen(body: JSONObject) -> dict[str, Any]:
    """Return the arguments of `profiles.choose()`, which validates what they say."""
    chosen = body.get("profile", {})
    if not isinstance(chosen, dict) or "interval" in chosen:
        raise InvalidRequest('"profile" must be an object; "interval" stands beside it.')
    if "interval" not in body:
        return chosen
    interval = body["interval"]
    if isinstance(interval, bool) or not isinstance(interval, int):
        raise InvalidRequest('"interval" must be a number of minutes.')
    return {**chosen, "interval": interval}


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_NAME
