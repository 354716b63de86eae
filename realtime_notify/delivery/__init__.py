"""Delivery: from an event that is due to a notification in every inbox it is for."""

from __future__ import annotations

from realtime_notify.delivery.fanout import deliver, deliver_now
from realtime_notify.delivery.schedule import run_due
from realtime_notify.delivery.sweeping import sweep

__all__ = ["deliver", "deliver_now", "run_due", "sweep"]
