"""Publishing: `notify()` and `notify_many()`, which write down what happened."""

from __future__ import annotations

from realtime_notify.publish.events import anotify, anotify_many, notify, notify_many

__all__ = ["anotify", "anotify_many", "notify", "notify_many"]
