"""The tables: one wide row an event, one narrow row a person, one number an inbox."""

from __future__ import annotations

from realtime_notify.models.events import Event, EventActor
from realtime_notify.models.inboxes import Inbox, Notification
from realtime_notify.models.subscriptions import Subscription
from realtime_notify.models.types import Level, NotificationType

__all__ = [
    "Event",
    "EventActor",
    "Inbox",
    "Level",
    "Notification",
    "NotificationType",
    "Subscription",
]
