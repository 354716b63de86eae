"""Real-time notifications for Django.

Everything a project calls every day can be imported from here::

    from realtime_notify import notify, subscribe, mark_read

The names are loaded when they are first used, because models cannot be imported before Django's
apps are ready.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from realtime_notify.inbox import (
        aarchive,
        amark_read,
        amark_seen,
        amark_unread,
        archive,
        aunread_count,
        mark_read,
        mark_seen,
        mark_unread,
        unread_count,
    )
    from realtime_notify.optouts import aopt_in, aopt_out, opt_in, opt_out
    from realtime_notify.publish import anotify, anotify_many, notify, notify_many
    from realtime_notify.subscriptions import (
        ais_subscribed,
        asubscribe,
        aunsubscribe,
        is_subscribed,
        subscribe,
        unsubscribe,
    )

__version__ = "0.1.0"

_HOMES = {
    "inbox": (
        "aarchive",
        "amark_read",
        "amark_seen",
        "amark_unread",
        "archive",
        "aunread_count",
        "mark_read",
        "mark_seen",
        "mark_unread",
        "unread_count",
    ),
    "optouts": ("aopt_in", "aopt_out", "opt_in", "opt_out"),
    "publish": ("anotify", "anotify_many", "notify", "notify_many"),
    "subscriptions": (
        "ais_subscribed",
        "asubscribe",
        "aunsubscribe",
        "is_subscribed",
        "subscribe",
        "unsubscribe",
    ),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "aarchive",
    "ais_subscribed",
    "amark_read",
    "amark_seen",
    "amark_unread",
    "anotify",
    "anotify_many",
    "aopt_in",
    "aopt_out",
    "archive",
    "asubscribe",
    "aunread_count",
    "aunsubscribe",
    "is_subscribed",
    "mark_read",
    "mark_seen",
    "mark_unread",
    "notify",
    "notify_many",
    "opt_in",
    "opt_out",
    "subscribe",
    "unread_count",
    "unsubscribe",
]


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
