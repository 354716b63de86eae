"""The exceptions that this package raises.

Each message names the invalid value and says what to pass instead. All of them but `Busy` and
`NotSent` are `ValueError`s, so that code which already handles invalid input catches them
unchanged.
"""

from __future__ import annotations


class RealtimeNotifyError(Exception):
    """The base of every error raised by realtime_notify."""


class Busy(RealtimeNotifyError):
    """Somebody else has locked what a command needs. The same may work a moment later."""


class NotSent(RealtimeNotifyError):
    """A mail could not be sent while somebody waits for it. The same may work later."""


class InvalidKey(RealtimeNotifyError, ValueError):
    """A notification key is not a string, too long, or has characters that are not allowed."""


class InvalidNotification(RealtimeNotifyError, ValueError):
    """An argument of `notify()` cannot be stored or sent."""


class InvalidRecipient(RealtimeNotifyError, ValueError):
    """A recipient or subscriber is not a saved user or group, or not an e-mail address."""


class InvalidTarget(RealtimeNotifyError, ValueError):
    """A target, actor or action object is not saved, or its key or text cannot be stored."""


class InvalidFilter(RealtimeNotifyError, ValueError):
    """A filter's name is unknown, or its value is not a single value."""


class InvalidNotifier(RealtimeNotifyError, ValueError):
    """A `Notifier` class is declared or used incorrectly."""


class InvalidMedium(RealtimeNotifyError, ValueError):
    """There is no medium of this name."""


class InvalidProfile(RealtimeNotifyError, ValueError):
    """A delivery profile belongs to another user, or leaves its user without a default."""


class InvalidRenderer(RealtimeNotifyError, ValueError):
    """An event has no renderer, or a renderer refers to a model that does not exist."""


class InvalidRequest(RealtimeNotifyError, ValueError):
    """A command of an inbox, a subscription or a preference has invalid arguments."""


class OtherInbox(RealtimeNotifyError, ValueError):
    """A command was meant for another user's inbox, or for one of a database since restored."""


class NotAllowed(RealtimeNotifyError, ValueError):
    """A request is not permitted, or its object does not exist; the two are not told apart."""


class InvalidCredentials(RealtimeNotifyError, ValueError):
    """An authenticator knows the credentials of a client, and they are wrong or have expired."""


class TooMany(RealtimeNotifyError, ValueError):
    """Somebody has as many of something, or has asked as often, as a setting allows."""


class InvalidSetting(RealtimeNotifyError, ValueError):
    """A name or a value in the `REALTIME_NOTIFY` setting is wrong."""
