"""Delivery: from an event that is due to a notification in every inbox it is for."""

from __future__ import annotations

from realtime_notify.delivery.fanout import deliver, deliver_now, sweep
from realtime_notify.delivery.schedule import run_due

__all__ = ["deliver", "deliver_now", "run_due", "sweep"]
