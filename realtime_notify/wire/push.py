"""Pushing changes to the browsers: called from any thread, after the commit.

Nothing here raises, and nothing waits for the channel layer. A push is a hint: the next heal query
finds one that is lost, so a layer that is down costs seconds, not notifications.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from time import time
from typing import Literal

from realtime_notify.keys import EVERYONE, key_group, user_group
from realtime_notify.wire import outbound
from realtime_notify.wire.outbound import Message
from realtime_notify.wire.vocabulary import Frame, Recipient


def put(
    key: str,
    body: str,
    to: Sequence[Recipient],
    via: Literal["key", "users", "everyone"] = "users",
    texts: str = "",
) -> None:
    """Push a notification to those it was delivered to.

    Args:
        key: the type of the event, whose group carries the message if `via` is "key".
        body: the part of the item that all share, from `encoding.event_body`.
        to: the recipients.
        via: the groups that carry it: the recipients' own, the key's, or that of all server
            processes.
        texts: the texts that each connection gets in its language, as JSON; "" if it has none.
    """
    message = {"type": "rn.put", "body": body, "to": to, "at": time()}
    if texts:
        message["texts"] = texts
    if via == "users":
        parts = [(user_group(recipient.user), {**message, "to": [recipient]}) for recipient in to]
    else:
        parts = [(EVERYONE if via == "everyone" else key_group(key), message)]
    outbound.queue.send(message, parts)


def broadcast(number: int, keys: Sequence[str]) -> None:
    """Tell all server processes of a broadcast, which they take in for those who are connected.

    Args:
        number: the number of the broadcast.
        keys: the keys whose subscribers it may concern; none of them for everybody.
    """
    message = {"type": "rn.broadcast", "number": number, "keys": list(keys)}
    outbound.queue.send(message, [(EVERYONE, message)])


def change(user_id: str, frame: Frame) -> None:
    """Push a change of an inbox to all connections of its owner."""
    _send_to_user(user_id, {"type": "rn.change", "user": user_id, "frame": frame})


def change_keys(user_id: str, add: Sequence[str] = (), drop: Sequence[str] = ()) -> None:
    """Make the hubs join and leave the groups of keys on behalf of a connected user."""
    message = {"type": "rn.keys", "user": user_id, "add": list(add), "drop": list(drop)}
    _send_to_user(user_id, message)


def disconnect(
    user_id: str, session: str | None, reason: str, retry: tuple[float, float] | None = None
) -> None:
    """Close the connections of a user, or only those of one session.

    Args:
        user_id: whose connections.
        session: the `session_digest` of that session; None for all of them.
        reason: why, for the developer of the client.
        retry: come back after a random time between these two, in seconds, with what vouches then;
            None for those who are no longer signed in.
    """
    message = {"type": "rn.bye", "user": user_id, "session": session, "reason": reason}
    _send_to_user(user_id, {**message, "retry": retry})


def session_digest(session_key: str) -> str:
    """Return what other processes get of a session key: enough to recognise it, not to use it."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def nudge() -> None:
    """Have server processes look at once for what is due, instead of at their interval."""
    message = {"type": "rn.due"}
    outbound.queue.send(message, [(EVERYONE, message)])


def restored() -> None:
    """Have server processes compare at once, for the database was restored."""
    message: Message = {"type": "rn.wake", "users": None, "keys_of": []}
    outbound.queue.send(message, [(EVERYONE, message)])


def flush(timeout: float = 5.0) -> bool:
    """Wait until everything is sent; call it from a thread that runs no event loop.

    Returns:
        Whether everything was sent within `timeout` seconds.
    """
    return outbound.queue.flush(timeout)


def _send_to_user(user_id: str, message: Message) -> None:
    outbound.queue.send(message, [(user_group(user_id), message)])
