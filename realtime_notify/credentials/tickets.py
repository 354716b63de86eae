"""Tickets: got over HTTP by whoever may show credentials there, and redeemed by a socket's hello.

A page cannot send headers with a socket, and an address is no place for a secret: servers, proxies
and browsers write addresses down. A ticket is good for one socket, for half a minute, and for no
longer than what vouched for its owner when it was issued.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import UTC, datetime
from time import time
from typing import Any, NamedTuple

from realtime_notify.conf import settings
from realtime_notify.models import Ticket


class Redeemed(NamedTuple):
    """What a ticket says about its owner."""

    pk: Any
    """The user's primary key."""
    session_key: str | None
    """Of the session that vouched, which is asked whether it still does; None for a token."""
    expires: datetime | None
    """When what vouched expires."""


def issue(pk: Any, session_key: str | None, expires: datetime | None) -> str:
    """Issue a ticket, and remove those that nobody has redeemed in time.

    Args:
        pk: the primary key of its owner.
        session_key: of the session that vouches for them; None if something else does.
        expires: when what vouches expires, with a time zone; None if it is the session that
            decides.
    """
    now = time()
    Ticket.objects.filter(valid_until__lt=now).delete()
    ticket = secrets.token_urlsafe(32)
    Ticket.objects.create(
        digest=_digest(ticket),
        user_id=pk,
        session_key=session_key or "",
        expires=expires.timestamp() if expires else None,
        valid_until=now + settings.TICKET_LIFETIME,
    )
    return ticket


def redeem(tickets: Collection[str]) -> dict[str, Redeemed]:
    """Use tickets up: each is redeemed once, whichever processes try it at the same time.

    The database lets one of two updates of a row see it untaken, at every isolation level that it
    offers. What is taken is read and removed.

    Returns:
        What each ticket says that was good, and is not any more.
    """
    texts = {_digest(ticket): ticket for ticket in tickets}
    if not texts:
        return {}
    redemption = secrets.token_hex(16)
    free = Ticket.objects.filter(digest__in=sorted(texts), taken_by="", valid_until__gte=time())
    if not free.update(taken_by=redemption):
        return {}
    taken = Ticket.objects.filter(taken_by=redemption, digest__in=sorted(texts))
    rows = list(taken.values_list("digest", "user", "session_key", "expires"))
    taken.delete()
    return {
        texts[digest]: Redeemed(pk, session_key or None, _moment(expires))
        for digest, pk, session_key, expires in rows
    }


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _digest(ticket: str) -> str:
    return hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).hexdigest()
