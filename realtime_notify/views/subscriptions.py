"""Subscriptions and preferences as JSON."""

from __future__ import annotations

from typing import Any

from django.db import router, transaction
from django.http import HttpRequest

from realtime_notify import dispatch
from realtime_notify.exceptions import InvalidRequest
from realtime_notify.models import OptOut
from realtime_notify.subscriptions import profiles, self_service
from realtime_notify.subscriptions.preferences import Preferences, preferences_of, save_opt_outs
from realtime_notify.views.json import JSONObject, int_or_text, json_body, json_view, query_params
from realtime_notify.wire.protocol import validate
from realtime_notify.wire.vocabulary import Frame

MAX_NAME = 128  # of a type's key, a type group, or a medium
MAX_MEDIA = 100

_CHOICE = {"key", "group", "opted_out"}


@json_view("GET", "POST")
def subscriptions(request: HttpRequest) -> Frame | self_service.OwnSubscriptions:
    """Answer with the caller's own subscriptions, newest first, or make another."""
    if request.method == "POST":
        return dispatch.perform(
            request.user, "subscribe", validate("subscribe", json_body(request))
        )
    asked = validate("page", query_params(request, "limit"))
    before = validate("sync", {"since": _cursor(request)}).get("since")
    return self_service.listed(request.user, before=before, limit=asked.get("limit"))


@json_view("DELETE")
def subscription(request: HttpRequest, pk: int) -> dict[str, int]:
    """End a subscription of the caller's own."""
    return {"ended": int(self_service.leave(request.user, pk))}


@json_view("GET", "POST")
def preferences(request: HttpRequest) -> Preferences:
    """Answer with everything there is to choose from, perhaps after a choice."""
    if request.method == "POST":
        asked = json_body(request)
        choice = _choice(asked) if asked.keys() & _CHOICE or "interval" not in asked else None
        with transaction.atomic(using=router.db_for_write(OptOut)):
            if "interval" in asked:
                profiles.choose_interval(request.user, _minutes(asked["interval"]))
            if choice is not None:
                save_opt_outs(request.user, **choice)
    return preferences_of(request.user)


def _cursor(request: HttpRequest) -> int | str | None:
    return int_or_text(request.GET["before"]) if "before" in request.GET else None


def _choice(asked: JSONObject) -> dict[str, Any]:
    """Return what `choose()` takes, checked."""
    named = {name: asked[name] for name in ("key", "group") if asked.get(name) is not None}
    if len(named) > 1:
        raise InvalidRequest('Send "key" or "group", or neither for everything; not both.')
    for name, value in named.items():
        if not _is_name(value):
            raise InvalidRequest(f'"{name}" must be a text of 1 to {MAX_NAME} characters.')
    opted_out = asked.get("opted_out")
    if (
        not isinstance(opted_out, list)
        or len(opted_out) > MAX_MEDIA
        or not all(map(_is_name, opted_out))
    ):
        raise InvalidRequest('"opted_out" must be a list of the names of media.')
    return {**named, "opted_out": opted_out}


def _minutes(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidRequest('"interval" must be a number of minutes.')
    return value


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_NAME
