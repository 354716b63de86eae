"""Frames of the server as text: protocol ``rn.1`` on its way to the client.

What all recipients of an event share is encoded once. `frames` puts each one's item around it.
"""

from __future__ import annotations

import json

from realtime_notify.wire.protocol import Close
from realtime_notify.wire.vocabulary import Bye, ByeFrame, EventFields


def encode(frame: object) -> str:
    """Encode a value as compact JSON that is valid UTF-8, whatever its strings hold."""
    text = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair: JSON can express it, UTF-8 cannot
        return json.dumps(frame, separators=(",", ":"))
    return text


def event_body(fields: EventFields) -> str:
    """Encode what all recipients of an event share, just once: without the braces around it."""
    return encode(fields)[1:-1]


def encode_heartbeat(rev: int) -> str:
    """Encode a bare rev. The client answers it, and syncs if it is at another rev."""
    return f'{{"rev":{rev}}}'


def encode_bye(code: Close, reason: str, retry: tuple[float, float] | None = None) -> str:
    """Encode the last frame of a connection.

    Args:
        code: why the server closes.
        reason: the same in words, for the developer of the client.
        retry: reconnect after a random time between these two, in seconds.
    """
    bye: Bye = {"code": int(code), "reason": reason}
    if retry is not None:
        bye["retry"] = list(retry)
    frame: ByeFrame = {"bye": bye}
    return encode(frame)
