"""Notifiers: notification types declared in code, as classes."""

from __future__ import annotations

from realtime_notify.notifiers.notifier import InstanceNotifier, Notifier
from realtime_notify.notifiers.receivers import write_types
from realtime_notify.notifiers.union import NotifierUnion

__all__ = ["InstanceNotifier", "Notifier", "NotifierUnion", "write_types"]
