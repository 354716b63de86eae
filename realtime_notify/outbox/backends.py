"""Backends of media: what sends messages by e-mail, Web Push, or in any way of a project's own.

A backend is one class::

    class Sms(MediumBackend):
        name = "sms"
        label = _("Text message")

        def send(self, message):
            return gateway.send(message.user.phone, message.items[-1].event.message)

The setting ``MEDIA`` lists the media of a project.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from realtime_notify.conf.media import classes
from realtime_notify.models import Endpoint, Event, Notification, Subscription
from realtime_notify.outbox.readers import Reader

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Refused(Exception):
    """The recipient can never be reached so: no further attempt is made."""


class TryLater(Exception):
    """This attempt failed, and the next one is to wait for so long at least.

    Attributes:
        seconds: how long to wait.
    """

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


class NotNow(Exception):
    """Nothing can be sent at present; this does not count as an attempt.

    Attributes:
        seconds: how long to wait.
    """

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Item:
    """An event in a message.

    Attributes:
        event: the event.
        notification: the recipient's notification of it; None if their inbox has none.
        subscription: the own subscription by which it reached the recipient, if any.
    """

    event: Event
    notification: Notification | None = None
    subscription: Subscription | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What a backend sends: one message to one recipient, about one event or several.

    Attributes:
        pk: the primary key of the dispatch.
        medium: the name of the medium.
        items: the events, in the order in which they happened; at least one.
        reader: in which language and time zone to write, and the recipient's e-mail address.
        user: the recipient; None for somebody without an account, and for endpoints.
        endpoint: the recipient of a webhook.
        interval: the interval of the digest in minutes; 0 if it is sent at once.
        attempts: how often it failed.
        unread: what the recipient's badge shows; 0 without an inbox.
    """

    pk: int
    medium: str
    items: Sequence[Item]
    reader: Reader
    user: Any = None
    endpoint: Endpoint | None = None
    interval: int = 0
    attempts: int = 0
    unread: int = 0


class MediumBackend:
    """The base of all backends. One instance serves one worker, and is used by one thread."""

    name: ClassVar[str]
    """The name of the medium, as subscriptions and opt-outs store it."""
    label: ClassVar[str | _StrPromise] = ""
    """What people call it."""
    delay: ClassVar[float] = 60.0
    """Seconds that an event waits, so that whoever reads it in the browser is not told again."""
    interrupts: ClassVar[bool] = True
    """Whether intervals and quiet hours apply."""
    is_for_addresses: ClassVar[bool] = False
    """Whether it reaches people without an account, by their e-mail address."""

    def reachable(self, users: Collection[Any]) -> Collection[Any]:
        """Return those of the users, by primary key, who can be reached at all.

        It is asked in the transaction that delivers an event, about thousands at once.
        """
        return users

    def open(self) -> None:
        """Prepare to send, such as by opening a connection; called before the first message."""

    def send(self, message: Message) -> str:
        """Send a message.

        Returns:
            What the medium calls it, for the log: a Message-ID; "" if it has no name.

        Raises:
            Refused: the recipient can never be reached so.
            NotNow: nothing can be sent at present.
            TryLater: it failed, and is tried again later than usual.
            Exception: anything else is tried again later, at growing intervals.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Release what `open()` took."""


def backends() -> Mapping[str, type[MediumBackend]]:
    """Return the backends that the setting ``MEDIA`` lists, by name."""
    return classes()
