"""What waits to be written to a browser, and how it becomes frames."""

from __future__ import annotations

from collections.abc import Iterator

from realtime_notify.wire import encoding
from realtime_notify.wire.vocabulary import Frame, Recipient

ITEM_OVERHEAD = 150  # characters of a put besides its body, roughly


class Arrival:
    """The push of one notification to one user; the body is shared by all recipients."""

    __slots__ = ("body", "recipient", "rev")

    def __init__(self, recipient: Recipient, body: str) -> None:
        self.recipient = recipient
        self.rev = recipient.rev
        self.body = body

    def __len__(self) -> int:
        return len(self.body) + ITEM_OVERHEAD


class Change:
    """The push of a change of state, ready to be written."""

    __slots__ = ("rev", "text")

    def __init__(self, frame: Frame) -> None:
        self.rev: int = frame["rev"]
        self.text = encoding.encode(frame)

    def __len__(self) -> int:
        return len(self.text)


Push = Arrival | Change
Entry = Push | str
"""What waits in a queue. Pushes may be dropped for a slow reader, a finished text may not."""


def frames(queue: list[Entry]) -> Iterator[str]:
    """The texts to write for a queue. Arrivals that follow each other share one frame."""
    run: list[Arrival] = []
    for entry in queue:
        if isinstance(entry, Arrival):
            if run and entry.rev != run[-1].rev + 1:
                yield _put(run)
                run = []
            run.append(entry)
            continue
        if run:
            yield _put(run)
            run = []
        yield entry if isinstance(entry, str) else entry.text
    if run:
        yield _put(run)


def _put(run: list[Arrival]) -> str:
    items = [encoding.encode_new_item(one.recipient, one.body) for one in run]
    return encoding.encode_put(run[0].rev - 1, run[-1].recipient, items)
