"""Connections whose session is over: its owner signed out, or changed the password."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

from realtime_notify.wire.connection import Connection
from realtime_notify.wire.protocol import Close
from realtime_notify.wire.threads import in_thread

logger = logging.getLogger(__name__)


async def close_signed_out(
    connections: Collection[Connection],
    signed_out: Callable[[list[tuple[str, str]]], list[tuple[str, str]]],
) -> None:
    """Close those of the connections whose session is over.

    Args:
        connections: the connections to check.
        signed_out: returns, of pairs of user id and session key, those that are no longer signed
            in; runs in a thread.
    """
    sessions = {(each.user, each.session_key) for each in connections if each.session_key}
    try:
        over = set(await in_thread("chores", signed_out, list(sessions)))
    except Exception:
        logger.exception("Checking sessions failed; they are checked again next round.")
        return
    for connection in connections:
        if (connection.user, connection.session_key) in over:
            connection.close(Close.NOT_SIGNED_IN, "the session is over")
