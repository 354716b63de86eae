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
    from realtime_notify.audience import EVERYONE
    from realtime_notify.inbox import (
        aarchive,
        acatch_up,
        amark_read,
        amark_seen,
        amark_unread,
        archive,
        aunread_count,
        catch_up,
        mark_read,
        mark_seen,
        mark_unread,
        unread_count,
    )
    from realtime_notify.publish import (
        aedit,
        anotify,
        anotify_many,
        awithdraw,
        edit,
        notify,
        notify_many,
        withdraw,
    )
    from realtime_notify.silence import notifications_disabled
    from realtime_notify.subscriptions import (
        ais_subscribed,
        aopt_in,
        aopt_out,
        asubscribe,
        aunsubscribe,
        is_subscribed,
        opt_in,
        opt_out,
        subscribe,
        unsubscribe,
    )
    from realtime_notify.texts import ntext, ptext, template_text, text

__version__ = "0.1.0"

_HOMES = ("audience", "inbox", "publish", "silence", "subscriptions", "texts")

__all__ = [
    "EVERYONE",
    "aarchive",
    "acatch_up",
    "aedit",
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
    "awithdraw",
    "catch_up",
    "edit",
    "is_subscribed",
    "mark_read",
    "mark_seen",
    "mark_unread",
    "notifications_disabled",
    "notify",
    "notify_many",
    "ntext",
    "opt_in",
    "opt_out",
    "ptext",
    "subscribe",
    "template_text",
    "text",
    "unread_count",
    "unsubscribe",
    "withdraw",
]


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        for home in _HOMES:
            module = import_module(f"{__name__}.{home}")
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
