"""What waits to be written to a browser, and how it becomes frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from realtime_notify.wire import protocol
from realtime_notify.wire.protocol import Frame

ITEM_OVERHEAD = 150  # characters of a put besides its body, roughly


class Arrival:
    """The push of one notification to one user; the body is shared by all recipients."""

    __slots__ = ("body", "id", "occurrences", "rev", "seq", "unread", "unseen")

    def __init__(self, recipient: list[Any], body: str) -> None:
        _, self.id, self.rev, self.seq, self.occurrences, self.unread, self.unseen = recipient
        self.body = body

    def __len__(self) -> int:
        return len(self.body) + ITEM_OVERHEAD


class Change:
    """The push of a change of state, ready to be written."""

    __slots__ = ("rev", "text")

    def __init__(self, frame: Frame) -> None:
        self.rev: int = frame["rev"]
        self.text = protocol.encode(frame)

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
    last = run[-1]
    items = [
        protocol.encode_new_item(one.id, one.rev, one.seq, one.occurrences, one.body) for one in run
    ]
    return protocol.encode_put(last.rev, run[0].rev - 1, last.unread, last.unseen, items)
