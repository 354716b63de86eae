"""Every error this package raises on purpose.

Each message names the value that was wrong and says what would have been right. All of them
are `ValueError`s too, so code that already guards against bad input catches them as it is.
"""

from __future__ import annotations


class RealtimeNotifyError(Exception):
    """The base of every error raised by realtime_notify."""


class InvalidKey(RealtimeNotifyError, ValueError):
    """A notification key is not a text of the allowed characters and length."""


class InvalidNotification(RealtimeNotifyError, ValueError):
    """`notify()` was called with something that cannot be stored or sent."""


class InvalidRecipient(RealtimeNotifyError, ValueError):
    """Somebody named as a recipient or subscriber is not a saved user or group."""


class InvalidTarget(RealtimeNotifyError, ValueError):
    """A target, actor or action object is not a saved model instance."""


class InvalidFilter(RealtimeNotifyError, ValueError):
    """A filter's name is unknown, or its value is no plain value."""


class InvalidNotifier(RealtimeNotifyError, ValueError):
    """A `Notifier` class is not declared as it should be, or is used as it cannot be."""


class InvalidMedium(RealtimeNotifyError, ValueError):
    """There is no medium of that name."""


class InvalidProfile(RealtimeNotifyError, ValueError):
    """A delivery profile is somebody else's, or would leave its user without a default."""


class InvalidRenderer(RealtimeNotifyError, ValueError):
    """Nothing says how an event is shown, or a renderer names what does not exist."""


class InvalidRequest(RealtimeNotifyError, ValueError):
    """A verb of the inbox was called with arguments that make no sense."""


class NotAllowed(RealtimeNotifyError, ValueError):
    """Somebody asked for what is not theirs to have. It is not said whether it exists."""


class InvalidSetting(RealtimeNotifyError, ValueError):
    """A name or a value in the `REALTIME_NOTIFY` setting is wrong."""
