"""Who sends an HTTP request, and the ticket that they get for their socket."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.auth import get_user_model
from django.http import HttpRequest

from realtime_notify.credentials import tickets, users
from realtime_notify.credentials.authenticators import (
    Vouched,
    aware,
    end_of_lifetime,
    headers_of_request,
    vouched_by,
)
from realtime_notify.credentials.sessions import session_key_of
from realtime_notify.exceptions import InvalidCredentials
from realtime_notify.models.objects import user_pk

_KEPT = "_realtime_notify_vouched"


def of_request(request: HttpRequest) -> Vouched | None:
    """Return whom the project's authenticator vouches for, an active user of the user model.

    A request is asked about once.

    Returns:
        None if there is no authenticator, or it knows none of the headers: the session decides.

    Raises:
        InvalidCredentials: the headers hold credentials that are wrong or have expired, or whose
            user is not active.
    """
    if not hasattr(request, _KEPT):
        setattr(request, _KEPT, _vouched(request))
    kept: Vouched | None = getattr(request, _KEPT)
    return kept


def issue_ticket(request: HttpRequest) -> str:
    """Issue a ticket to the signed-in user of a request; see `tickets.issue()`."""
    pk = user_pk(request.user)
    if (vouched := of_request(request)) is not None:
        return tickets.issue(pk, None, vouched.expires)
    session_key = session_key_of(getattr(request, "session", None), request.user)
    # Without a session, a middleware of the project vouches, and does not say for how long.
    return tickets.issue(pk, session_key, None if session_key else end_of_lifetime())


def _vouched(request: HttpRequest) -> Vouched | None:
    vouched = vouched_by(headers_of_request(request))
    if vouched is None:
        return None
    user = vouched.user
    if not isinstance(user, get_user_model()):
        pk = users.key(getattr(user, "pk", user))
        user = users.of_keys({pk}).get(pk)
    if not users.may_see(user):
        raise InvalidCredentials("The user of these credentials does not exist or is not active.")
    expires = aware(vouched.expires) or end_of_lifetime()
    if expires <= datetime.now(UTC):
        raise InvalidCredentials("These credentials have expired.")
    return Vouched(user, expires)
