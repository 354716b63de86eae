"""The inbox as JSON: the socket's commands and frames, over HTTP."""

from __future__ import annotations

from typing import TypedDict

from django.http import HttpRequest

from realtime_notify import commands, inbox
from realtime_notify.conf import settings
from realtime_notify.credentials import issue_ticket
from realtime_notify.views.json import json_body, json_view, query_params
from realtime_notify.wire.commands import validate
from realtime_notify.wire.vocabulary import Frame

INBOX_COMMANDS = ("read", "unread", "seen", "archive", "unarchive", "snooze", "delete")
"""The commands that change an inbox; each has a URL that takes a POST."""
SUBSCRIPTION_COMMANDS = ("subscribe", "unsubscribe")
"""The commands that change a user's subscriptions; each has a URL that takes a POST."""

NO_NOTIFICATIONS: Frame = {"rev": 0, "unread": 0, "unseen": 0}
"""The counters of an anonymous visitor; a badge on a public page asks without knowing."""


class Ticket(TypedDict):
    """What opens one socket, and for how many seconds it is good."""

    ticket: str
    expires_in: float


@json_view("GET")
def page(request: HttpRequest) -> Frame:
    """Return a page of notifications, newest first."""
    asked = query_params(request, "before", "limit", "unread", "archived", "group", "inbox")
    return commands.perform(request.user, "page", validate("page", asked))


@json_view("GET", anonymous=True)
def count(request: HttpRequest) -> Frame:
    """Return the counters and the revision they belong to."""
    return inbox.counts(request.user) if request.user.is_authenticated else NO_NOTIFICATIONS.copy()


@json_view("GET")
def sync(request: HttpRequest) -> Frame:
    """Return what changed since a revision."""
    asked = query_params(request, "since", "inbox")
    return commands.perform(request.user, "sync", validate("sync", asked))


@json_view("POST")
def ticket(request: HttpRequest) -> Ticket:
    """Return a ticket for the socket: it is good once, and for `TICKET_LIFETIME` seconds."""
    return {"ticket": issue_ticket(request), "expires_in": settings.TICKET_LIFETIME}


@json_view("POST")
def command(request: HttpRequest, name: str) -> Frame:
    """Carry out one of the socket's commands and return its frame."""
    return commands.perform(request.user, name, validate(name, json_body(request)))
