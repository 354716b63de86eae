"""The inbox: what its owner, and nobody else, can read and do.

Python, the socket and HTTP all call these functions. Each returns its frame of protocol ``rn.1``
(see docs/protocol.md), and pushes that frame to every browser of the owner after the commit. A call
that finds nothing to change leaves `rev` as it is and pushes nothing.

Primary keys that belong to somebody else, or to nothing, are ignored.
"""

from __future__ import annotations

from asgiref.sync import sync_to_async

from realtime_notify.inbox.reading import catch_up, counts, page, unread_count
from realtime_notify.inbox.syncing import Ask, states, sync
from realtime_notify.inbox.verbs import (
    archive,
    delete,
    mark_read,
    mark_seen,
    mark_unread,
    snooze,
    unarchive,
)

__all__ = [
    "Ask",
    "aarchive",
    "acatch_up",
    "acounts",
    "adelete",
    "amark_read",
    "amark_seen",
    "amark_unread",
    "apage",
    "archive",
    "asnooze",
    "aunarchive",
    "aunread_count",
    "catch_up",
    "counts",
    "delete",
    "mark_read",
    "mark_seen",
    "mark_unread",
    "page",
    "snooze",
    "states",
    "sync",
    "unarchive",
    "unread_count",
]


amark_read = sync_to_async(mark_read)
amark_unread = sync_to_async(mark_unread)
amark_seen = sync_to_async(mark_seen)
asnooze = sync_to_async(snooze)
aarchive = sync_to_async(archive)
aunarchive = sync_to_async(unarchive)
adelete = sync_to_async(delete)
acatch_up = sync_to_async(catch_up)
acounts = sync_to_async(counts)
aunread_count = sync_to_async(unread_count)
apage = sync_to_async(page)
