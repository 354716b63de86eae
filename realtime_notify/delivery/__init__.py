"""Delivery: from an event that is due to a notification in every inbox it is for."""

from __future__ import annotations

from realtime_notify.delivery.fanout import deliver
from realtime_notify.delivery.inline import deliver_after_commit, revise_after_commit
from realtime_notify.delivery.nudging import nudge
from realtime_notify.delivery.progress import Progress, progress
from realtime_notify.delivery.revising import EDIT, REMOVAL
from realtime_notify.delivery.sweeping import sweep

__all__ = [
    "EDIT",
    "REMOVAL",
    "Progress",
    "deliver",
    "deliver_after_commit",
    "nudge",
    "progress",
    "revise_after_commit",
    "sweep",
]
