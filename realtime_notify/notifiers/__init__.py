"""Notifiers: notification types declared in code, as classes."""

from __future__ import annotations

from realtime_notify.notifiers.notifier import (
    InstanceNotifier,
    Notifier,
    NotifierUnion,
    write_types,
)

__all__ = ["InstanceNotifier", "Notifier", "NotifierUnion", "write_types"]
