"""The inbox's verbs: what the owner of an inbox, and nobody else, does with it.

They stand once, here, behind three doors: Python, the socket, HTTP. Each verb answers with the
frame that the socket's protocol ``rn.1`` uses for it (see docs/protocol.md), and tells every
browser of the owner after the commit. A verb that finds nothing to change changes nothing: `rev`
stays, and nobody is told.

Primary keys that belong to somebody else, or to nothing, are passed over without a word.
"""

from __future__ import annotations

from asgiref.sync import sync_to_async

from realtime_notify.inbox.reading import counts, page, sync, unread_count
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
    "aarchive",
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
    "counts",
    "delete",
    "mark_read",
    "mark_seen",
    "mark_unread",
    "page",
    "snooze",
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
acounts = sync_to_async(counts)
aunread_count = sync_to_async(unread_count)
apage = sync_to_async(page)
