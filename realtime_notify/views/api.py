"""The inbox as JSON: the verbs and the frames of the socket, over HTTP."""

from __future__ import annotations

from django.http import HttpRequest

from realtime_notify import dispatch, inbox
from realtime_notify.views.json import answers, query, sent
from realtime_notify.wire.protocol import validate
from realtime_notify.wire.vocabulary import Frame

CHANGES = ("read", "unread", "seen", "archive", "unarchive", "snooze", "delete")
"""The verbs that change an inbox; each has an address that takes a POST."""
INTERESTS = ("subscribe", "unsubscribe")
"""The verbs that change what somebody hears of; each has an address, too."""

NOBODY: Frame = {"rev": 0, "unread": 0, "unseen": 0}
"""The numbers for whoever is not signed in: a badge on a public page asks without knowing."""


@answers("GET")
def page(request: HttpRequest) -> Frame:
    """Answer with a page of notifications, newest first."""
    asked = query(request, "before", "limit", "unread", "archived")
    return dispatch.perform(request.user, "page", validate("page", asked))


@answers("GET", anonymous=True)
def count(request: HttpRequest) -> Frame:
    """Answer with the counters and the revision they belong to."""
    return inbox.counts(request.user) if request.user.is_authenticated else NOBODY.copy()


@answers("GET")
def sync(request: HttpRequest) -> Frame:
    """Answer with what changed since a revision."""
    return dispatch.perform(request.user, "sync", validate("sync", query(request, "since")))


@answers("POST")
def change(request: HttpRequest, verb: str) -> Frame:
    """Do what a verb of the socket does."""
    return dispatch.perform(request.user, verb, validate(verb, sent(request)))
