"""The admin: every table can be searched at any size; types, groups and media can be edited.

Inboxes, notifications and events are read-only. Only the functions of `realtime_notify.inbox` may
change them, since they keep the counters and notify open browsers; a form would do neither. The
actions of the lists call these functions.
"""

from __future__ import annotations

from realtime_notify.admin import (
    browsers,
    dispatches,
    endpoints,
    events,
    inboxes,
    mail,
    rendering,
    subscriptions,
    types,
)

__all__ = [
    "browsers",
    "dispatches",
    "endpoints",
    "events",
    "inboxes",
    "mail",
    "rendering",
    "subscriptions",
    "types",
]
