"""What waits to be written to a client, and how it becomes frames."""

from __future__ import annotations

from collections.abc import Iterator

from realtime_notify.wire import encoding
from realtime_notify.wire.vocabulary import Frame, Recipient

ITEM_OVERHEAD = 150  # characters of a put besides its body, roughly


class NewItem:
    """The push of one notification to one user. All recipients share the body."""

    __slots__ = ("body", "recipient", "rev")

    def __init__(self, recipient: Recipient, body: str) -> None:
        self.recipient = recipient
        self.rev = recipient.rev
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
    items = [encoding.encode_new_item(new.recipient, new.body) for new in batch]
    return encoding.encode_put(batch[0].rev - 1, batch[-1].recipient, items)
