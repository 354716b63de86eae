"""Retention: what is removed from the tables, and when.

`prune()` removes what a `Policy` gives up; `manage.py notify_prune` and the worker call it. A
person's data is handed over by `export()` and erased by `forget()`; `manage.py notify_forget` calls
both.
"""

from __future__ import annotations

from realtime_notify.retention.erasing import forget
from realtime_notify.retention.people import export
from realtime_notify.retention.policy import Policy, configured
from realtime_notify.retention.pruning import Progress, prune
from realtime_notify.retention.schedule import Pruner

__all__ = ["Policy", "Progress", "Pruner", "configured", "export", "forget", "prune"]
