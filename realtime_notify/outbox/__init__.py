"""The outbox: what is to leave the site, for whom, by which medium, and when.

Delivery writes it together with the inbox; `sending` empties it.
"""

from __future__ import annotations

from realtime_notify.outbox.backends import (
    Item,
    MediumBackend,
    Message,
    NotNow,
    Refused,
    TryLater,
    backends,
)
from realtime_notify.outbox.endpoints import endpoints_for
from realtime_notify.outbox.moving import move
from realtime_notify.outbox.readers import Reader
from realtime_notify.outbox.rhythms import rhythms_of
from realtime_notify.outbox.windows import Rhythm, due_at
from realtime_notify.outbox.writing import write, write_to_addresses, write_to_endpoints

__all__ = [
    "Item",
    "MediumBackend",
    "Message",
    "NotNow",
    "Reader",
    "Refused",
    "Rhythm",
    "TryLater",
    "backends",
    "due_at",
    "endpoints_for",
    "move",
    "rhythms_of",
    "write",
    "write_to_addresses",
    "write_to_endpoints",
]
