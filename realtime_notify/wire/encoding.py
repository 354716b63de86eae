"""Frames of the server as text: protocol ``rn.1`` on its way to the client.

An event is encoded once for all its recipients, and each item is put together around that text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Protocol

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
        return f'{rest[:-1]},"put":{items.text}}}'
    text = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair: JSON can express it, UTF-8 cannot
        return json.dumps(frame, separators=(",", ":"))
    return text


def event_body(fields: EventFields) -> str:
    """Encode what all recipients of an event share, just once: without the braces around it."""
    return encode(fields)[1:-1]


class OwnNumbers(Protocol):
    """What is one recipient's own in a pushed item: the fields of `Recipient`, but for the user."""

    @property
    def id(self) -> int: ...
    @property
    def rev(self) -> int: ...
    @property
    def seq(self) -> int: ...
    @property
    def occurrences(self) -> int: ...
    @property
    def unread(self) -> int: ...
    @property
    def unseen(self) -> int: ...


def encode_new_item(own: OwnNumbers, body: str) -> str:
    """Encode an item as it arrives: unread, unseen, in the list.

    Args:
        own: the numbers that are the recipient's own.
        body: the rest, from `event_body`.
    """
    return (
        f'{{"id":{own.id},"rev":{own.rev},"seq":{own.seq},"occurrences":{own.occurrences},'
        f'"read":false,"seen":false,"archived":false,"deleted":false,"snoozed":false,{body}}}'
    )


def encode_put(start: int, last: OwnNumbers, items: list[str]) -> str:
    """Encode the push of new items.

    Args:
        start: the rev the client must be at.
        last: of the newest item: the rev it moves the client to, and the counters there.
        items: the items, encoded.
    """
    rev = last.rev
    origin = "" if start == rev - 1 else f'"from":{start},'
    return (
        f'{{"rev":{rev},{origin}"unread":{last.unread},"unseen":{last.unseen},'
        f'"put":[{",".join(items)}]}}'
    )


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
