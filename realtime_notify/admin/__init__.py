"""The admin: to look things up at any size, and to keep types, groups of them and media.

Inboxes, notifications and events are read-only here. Their rows change by the verbs alone, which
keep the counters and tell the browsers; a form would do neither. The actions of the lists call
the verbs.
"""

from __future__ import annotations

from realtime_notify.admin import events, inboxes, rendering, subscriptions, types

__all__ = ["events", "inboxes", "rendering", "subscriptions", "types"]
