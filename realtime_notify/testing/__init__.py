"""What a project needs to test its notifications.

In a `TestCase` nothing is ever committed, and `notify()` delivers after the commit. So::

    from realtime_notify.testing import capture

    with capture() as sent:
        place_order(customer)
    assert [one.event.message for one in sent.to(customer)] == ["Thank you"]

The pytest fixtures `notifications_sent`, `deliver_notifications` and `notify_client` come with the
package; nothing has to be switched on.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from realtime_notify.testing.capturing import Sent, capture, deliver
    from realtime_notify.testing.client import Closed, NotificationClient
    from realtime_notify.testing.reproducing import assert_frames_reproduce
    from realtime_notify.testing.session import Session

__all__ = [
    "Closed",
    "NotificationClient",
    "Sent",
    "Session",
    "assert_frames_reproduce",
    "capture",
    "deliver",
]

_HOMES = {
    "Closed": "client",
    "NotificationClient": "client",
    "Sent": "capturing",
    "Session": "session",
    "assert_frames_reproduce": "reproducing",
    "capture": "capturing",
    "deliver": "capturing",
}


def __getattr__(name: str) -> Any:
    # Late, because pytest loads the plugin, and so this package, before Django is set up.
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
