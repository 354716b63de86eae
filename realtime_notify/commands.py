"""Every command of protocol ``rn.1``, behind the socket and HTTP alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import OperationalError

from realtime_notify import inbox
from realtime_notify.exceptions import Busy, InvalidRequest, NotAllowed, OtherInbox, TooMany
from realtime_notify.inbox import names
from realtime_notify.inbox.reading import owner_of
from realtime_notify.models import locks
from realtime_notify.subscriptions import self_service
from realtime_notify.wire.protocol import ErrorCode, ProtocolError
from realtime_notify.wire.vocabulary import Frame

COMMANDS: dict[str, Callable[..., Frame]] = {
    "read": inbox.mark_read,
    "unread": inbox.mark_unread,
    "seen": inbox.mark_seen,
    "archive": inbox.archive,
    "unarchive": inbox.unarchive,
    "snooze": inbox.snooze,
    "delete": inbox.delete,
    "sync": inbox.sync,
    "page": inbox.page,
    "subscribe": self_service.subscribe,
    "unsubscribe": self_service.unsubscribe,
}
"""What carries out each command. (``hello`` and ``rev`` concern a connection, not the database.)"""

PATIENCE = 2.0
"""Seconds for which a command waits for what somebody else has locked."""

REFUSALS: dict[type[Exception], ErrorCode] = {
    InvalidRequest: ErrorCode.BAD_REQUEST,
    OtherInbox: ErrorCode.OTHER_INBOX,
    NotAllowed: ErrorCode.NOT_ALLOWED,
    TooMany: ErrorCode.TOO_MANY,
}
"""What the errors are called on the wire with which a command is refused."""


def refusal(error: Exception) -> ProtocolError:
    """Return an error of `REFUSALS` as the protocol tells it."""
    return ProtocolError(REFUSALS[type(error)], str(error))


def perform(
    user: object, command: str, arguments: dict[str, Any], *, patience: float = PATIENCE
) -> Frame:
    """Carry out a command of a frame or a request.

    Args:
        user: the user who asks, or their primary key.
        command: a name in `COMMANDS`.
        arguments: the command's fields, validated by `realtime_notify.wire.commands`.
        patience: the seconds for which it waits for an inbox that somebody else has locked.

    Returns:
        The answering frame, without an ``id``.

    Raises:
        Busy: somebody else has locked the inbox for longer than that. Nothing has changed.
        InvalidRequest: the command is unknown, or its arguments make no sense.
        OtherInbox: the client shows another inbox than that of this user.
        NotAllowed: the user may not do this.
        TooMany: the user has as many subscriptions as may be made from a browser.
    """
    try:
        act = COMMANDS[command]
    except KeyError:
        raise InvalidRequest(
            f"There is no command {command!r}; there are: {', '.join(COMMANDS)}."
        ) from None
    if command != "sync":  # which answers a client that shows another inbox by a reset
        arguments = arguments.copy()
        if (shown := arguments.pop("inbox", None)) is not None:
            names.require(owner_of(user), shown)
    try:
        with locks.patience(patience):
            return act(user, **arguments)
    except OperationalError as error:
        if locks.is_busy(error):
            raise Busy("The inbox is in use. Try again in a moment.") from error
        raise
