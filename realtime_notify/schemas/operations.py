"""The operations of the HTTP API: what each takes, and what it answers with."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from realtime_notify.conf import settings
from realtime_notify.media.webpush.browsers import Browser
from realtime_notify.schemas.arguments import ARGUMENTS, COUNT, FLAG, PAGE, SYNC
from realtime_notify.schemas.shapes import Schema
from realtime_notify.subscriptions.listing import OwnSubscriptions
from realtime_notify.subscriptions.preferences import Preferences
from realtime_notify.views.api import INBOX_COMMANDS, SUBSCRIPTION_COMMANDS, Ticket
from realtime_notify.views.feed import Feed
from realtime_notify.views.push import PushSettings
from realtime_notify.views.subscriptions import MAX_MEDIA, MAX_NAME
from realtime_notify.wire.vocabulary import Frame

_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_NAME}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one URL.

    Attributes:
        name: the name of the URL.
        method: GET, POST or DELETE.
        answer: the type of the JSON it answers with.
        query: what the query string may hold.
        body: what the JSON of the request holds; None if nothing is read of it.
        failures: the statuses it has besides those of every operation.
    """

    name: str
    method: str
    answer: Any
    query: dict[str, Schema] = field(default_factory=dict)
    body: Schema | None = None
    failures: tuple[HTTPStatus, ...] = ()


def operations() -> list[Operation]:
    """Return all operations, with the bounds that the settings of this site give."""
    limit: Schema = {"type": "integer", "minimum": 1, "maximum": settings.MAX_PAGE_SIZE}
    feed = {"unread": FLAG, "limit": {**limit, "minimum": 0}, "after": COUNT}
    commands = [
        Operation(f"api-{name}", "POST", Frame, body=ARGUMENTS[name])
        for name in (*INBOX_COMMANDS, *SUBSCRIPTION_COMMANDS)
    ]
    missing = (HTTPStatus.NOT_FOUND,)
    return [
        Operation("api-notifications", "GET", Frame, query={**PAGE, "limit": limit}),
        Operation("api-count", "GET", Frame),
        Operation("api-sync", "GET", Frame, query=SYNC),
        Operation("api-feed", "GET", Feed, query=feed),
        Operation("api-feed", "POST", Feed, body={"type": "object", "properties": feed}),
        *commands,
        Operation("api-ticket", "POST", Ticket),
        Operation(
            "api-subscriptions", "GET", OwnSubscriptions, query={"before": COUNT, "limit": limit}
        ),
        Operation("api-subscriptions", "POST", Frame, body=ARGUMENTS["subscribe"]),
        Operation("api-subscription", "DELETE", dict[str, int]),
        Operation("api-preferences", "GET", Preferences),
        Operation("api-preferences", "POST", Preferences, body=_choices()),
        Operation("api-push", "GET", PushSettings, failures=missing),
        Operation("api-push", "POST", Browser, body=_push_subscription(), failures=missing),
        Operation("api-push-browser", "DELETE", dict[str, int]),
    ]


def _choices() -> Schema:
    """Return the schema of what changes preferences: opt-outs, a profile, or both."""
    opted_out = {"type": "array", "items": _NAME, "maxItems": MAX_MEDIA}
    profile: Schema = {
        "type": "object",
        "properties": {
            "hour": {"type": ["integer", "null"], "minimum": 0, "maximum": 23},
            "weekday": {"type": "integer", "minimum": 0, "maximum": 6},
            "time_zone": {"type": "string"},
            "language": {"type": "string"},
            "quiet_from": {"type": "string"},
            "quiet_until": {"type": "string"},
        },
    }
    return {
        "type": "object",
        "properties": {
            "key": {"anyOf": [_NAME, {"type": "null"}]},
            "group": {"anyOf": [_NAME, {"type": "null"}]},
            "opted_out": opted_out,
            "interval": {"type": "integer"},
            "profile": profile,
        },
    }


def _push_subscription() -> Schema:
    """Return the schema of what `PushSubscription.toJSON()` gives in a browser."""
    text = {"type": "string"}
    return {
        "type": "object",
        "properties": {
            "endpoint": {"type": "string", "format": "uri"},
            "expirationTime": {"type": ["number", "null"]},
            "keys": {
                "type": "object",
                "properties": {"p256dh": text, "auth": text},
                "required": ["p256dh", "auth"],
            },
        },
        "required": ["endpoint", "keys"],
    }
