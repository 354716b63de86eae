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
    backends,
)
from realtime_notify.outbox.readers import Reader

__all__ = ["Item", "MediumBackend", "Message", "NotNow", "Reader", "Refused", "backends"]
