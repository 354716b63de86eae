"""What waits to be written to a client, and how it becomes frames.

A frame is a few chunks of UTF-8. The body of an event is one chunk, encoded once, that the frames
of all its recipients share; only the numbers around it are each recipient's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from realtime_notify.wire import encoding
from realtime_notify.wire.protocol import MAX_ANSWER_BYTES
from realtime_notify.wire.vocabulary import Frame

Chunks = Sequence[bytes]
"""One frame: its text is what these make together."""

ITEM_OVERHEAD = 150  # bytes of a put besides its body, roughly

# An item as it arrives: unread, unseen, in the list. Its body and a brace follow.
_ITEM = (
    b'{"id":%d,"rev":%d,"seq":%d,"occurrences":%d,'
    b'"read":false,"seen":false,"archived":false,"deleted":false,"snoozed":false,'
)
_ONE = b'{"rev":%d,"unread":%d,"unseen":%d,"put":[' + _ITEM
_SEVERAL = b'{"rev":%d,"from":%d,"unread":%d,"unseen":%d,"put":['
_NEXT = b"},"
_END = b"}]}"


class NewItem:
    """The push of one notification to one user. All recipients share the body.

    Args:
        recipient: a `Recipient`, or the list that a channel layer has made of one.
        body: the part of the item that all recipients share: `encoding.event_body`, as UTF-8.
    """

    __slots__ = ("body", "recipient", "rev", "size")

    def __init__(self, recipient: Sequence[Any], body: bytes) -> None:
        self.recipient = recipient
        self.rev: int = recipient[2]
        self.body = body
        self.size = len(body) + ITEM_OVERHEAD

    def frame(self) -> Chunks:
        """Return the frame that brings this item alone."""
        _, id, rev, seq, occurrences, unread, unseen = self.recipient
        return (_ONE % (rev, unread, unseen, id, rev, seq, occurrences), self.body, _END)


class Bodies(dict[str, bytes]):
    """The body of one push by language: made when the first connection of it needs it.

    Args:
        body: as it was sent, which is what connections without a language get.
        texts: the texts that came with it.
        translate: see `Backend.translate`.
    """

    def __init__(self, body: str, texts: str, translate: Callable[[str, str, str], str]) -> None:
        super().__init__({"": body.encode()})
        self._body = body
        self._texts = texts
        self._translate = translate

    def __missing__(self, language: str) -> bytes:
        """Make the body in a language."""
        made = self[language] = self._translate(self._body, self._texts, language).encode()
        return made


class StateChange:
    """The push of a change to an inbox. All connections of its owner share the text."""

    __slots__ = ("rev", "size", "text")

    def __init__(self, frame: Frame) -> None:
        self.rev = frame["rev"]
        self.text = encoding.encode(frame).encode()
        self.size = len(self.text)

    def frame(self) -> Chunks:
        """Return the frame that brings this change."""
        return (self.text,)


Push = NewItem | StateChange
Outgoing = Push | bytes
"""An entry of a queue. Pushes may be dropped for a slow reader; bytes are an encoded frame, which
may not."""


def frames(queue: Sequence[Outgoing]) -> Iterator[Chunks]:
    """Yield the frames to write for a queue.

    New items whose revs follow each other share one, as long as it is no larger than servers send.
    """
    batch: list[NewItem] = []
    size = 0
    for entry in queue:
        if isinstance(entry, NewItem):
            size += entry.size
            if batch and (entry.rev != batch[-1].rev + 1 or size > MAX_ANSWER_BYTES):
                yield _put(batch)
                batch, size = [], entry.size
            batch.append(entry)
            continue
        if batch:
            yield _put(batch)
            batch, size = [], 0
        yield (entry,) if isinstance(entry, bytes) else entry.frame()
    if batch:
        yield _put(batch)


def _put(batch: list[NewItem]) -> Chunks:
    """Return the frame that brings these items. It says what rev the client must be at."""
    if len(batch) == 1:
        return batch[0].frame()
    *_, unread, unseen = batch[-1].recipient
    chunks = [_SEVERAL % (batch[-1].rev, batch[0].rev - 1, unread, unseen)]
    for new in batch:
        _, id, rev, seq, occurrences, _, _ = new.recipient
        chunks += (_ITEM % (id, rev, seq, occurrences), new.body, _NEXT)
    chunks[-1] = _END
    return chunks
