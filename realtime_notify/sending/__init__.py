"""Sending: taking what is due from the outbox, looking at it once more, and handing it over."""

from __future__ import annotations

from realtime_notify.sending.counts import Sent, counted
from realtime_notify.sending.marks import Mark
from realtime_notify.sending.requeueing import drop, requeue
from realtime_notify.sending.runs import send_due
from realtime_notify.sending.threads import SendingThreads

__all__ = ["Mark", "SendingThreads", "Sent", "counted", "drop", "requeue", "send_due"]
