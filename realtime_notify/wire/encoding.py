"""Frames of the server as text: protocol ``rn.1`` on its way to the client.

What all recipients of an event share is encoded once. `frames` puts each one's item around it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from realtime_notify.wire.protocol import Close
from realtime_notify.wire.vocabulary import Bye, ByeFrame, EventFields, Item


class EncodedItems(list[Item]):
    """The items of a frame, with their JSON.

    It is made where the items are read, in a thread, so that the event loop only copies it.

    Args:
        items: the items.
        texts: each of them as JSON.
    """

    def __init__(self, items: Iterable[Item] = (), texts: Iterable[str] = ()) -> None:
        super().__init__(items)
        self.text = f"[{','.join(texts)}]"


def encode(frame: object) -> str:
    """Encode a value as compact JSON that is valid UTF-8, whatever its strings hold."""
    if isinstance(frame, dict) and isinstance(items := frame.get("put"), EncodedItems):
        rest = encode({name: value for name, value in frame.items() if name != "put"})
        comma = "" if rest == "{}" else ","
        return f'{rest[:-1]}{comma}"put":{items.text}}}'
    text = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair: JSON can express it, UTF-8 cannot
        return json.dumps(frame, separators=(",", ":"))
    return text


def event_body(fields: EventFields) -> str:
    """Encode what all recipients of an event share, just once: without the braces around it."""
    return encode(fields)[1:-1]


def encode_heartbeat(rev: int, beat: str, age: int | None = None) -> str:
    """Encode a heartbeat. The client sends it back, and syncs if it is at another rev.

    Args:
        rev: the newest rev that the server knows of.
        beat: proves that the client has read the heartbeat that it sends back; letters, digits,
            ``-`` and ``_``.
        age: seconds since the server last compared with the database, if that is too long ago.
    """
    known = "" if age is None else f',"age":{age}'
    return f'{{"rev":{rev},"beat":"{beat}"{known}}}'


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
