"""Publishing: what happened is written down, and may be edited or withdrawn."""

from __future__ import annotations

from realtime_notify.publish.editing import aedit, edit
from realtime_notify.publish.events import anotify, anotify_many, notify, notify_many
from realtime_notify.publish.withdrawing import awithdraw, withdraw

__all__ = [
    "aedit",
    "anotify",
    "anotify_many",
    "awithdraw",
    "edit",
    "notify",
    "notify_many",
    "withdraw",
]
