"""What waits to be written to a client, and how it becomes frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from realtime_notify.wire import encoding
from realtime_notify.wire.vocabulary import Frame

ITEM_OVERHEAD = 150  # characters of a put besides its body, roughly


class NewItem:
    """The push of one notification to one user. All recipients share the body.

    Args:
        recipient: a `Recipient`, or the list that a channel layer has made of one. It is taken
            apart here, once: every recipient of every event costs one of these.
        body: the part of the item that all recipients share.
    """

    __slots__ = ("body", "id", "occurrences", "rev", "seq", "unread", "unseen")

    def __init__(self, recipient: Sequence[Any], body: str) -> None:
        _, self.id, self.rev, self.seq, self.occurrences, self.unread, self.unseen = recipient
        self.body = body

    def __len__(self) -> int:
        return len(self.body) + ITEM_OVERHEAD


class StateChange:
    """The push of a change to an inbox. All connections of its owner share the text."""

    __slots__ = ("rev", "text")

    def __init__(self, frame: Frame) -> None:
        self.rev = frame["rev"]
        self.text = encoding.encode(frame)

    def __len__(self) -> int:
        return len(self.text)


Push = NewItem | StateChange
Outgoing = Push | str
"""An entry of a queue. Pushes may be dropped for a slow reader; text is an encoded frame, which may
not."""


def frames(queue: list[Outgoing]) -> Iterator[str]:
    """Yield the frames to write for a queue. New items whose revs follow each other share one."""
    batch: list[NewItem] = []
    for entry in queue:
        if isinstance(entry, NewItem):
            if batch and entry.rev != batch[-1].rev + 1:
                yield _put(batch)
                batch = []
            batch.append(entry)
            continue
        if batch:
            yield _put(batch)
            batch = []
        yield entry if isinstance(entry, str) else entry.text
    if batch:
        yield _put(batch)


def _put(batch: list[NewItem]) -> str:
    items = [encoding.encode_new_item(new, new.body) for new in batch]
    return encoding.encode_put(batch[0].rev - 1, batch[-1], items)
