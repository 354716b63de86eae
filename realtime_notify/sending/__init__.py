"""Sending: taking what is due from the outbox, looking at it once more, and handing it over."""

from __future__ import annotations

from realtime_notify.sending.counts import Sent
from realtime_notify.sending.requeueing import drop, requeue
from realtime_notify.sending.runs import send_due

__all__ = ["Sent", "drop", "requeue", "send_due"]
