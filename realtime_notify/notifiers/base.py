"""The base of notifiers and of unions of them."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import QuerySet

from realtime_notify import audience
from realtime_notify.models import Event
from realtime_notify.models.media import EMAIL, INBOX
from realtime_notify.publish import notify
from realtime_notify.silence import notifications_disabled


class BaseNotifier:
    """Something that can be fired, and that knows whom firing it would reach."""

    def fire(self, exclude: Any = (), *, recipients: Any = None) -> Event:
        """Notify the subscribers, by a call of `notify()`.

        Args:
            exclude: users who are not notified; any value that `notify(exclude=...)` takes. Their
                e-mail addresses may still be subscribed.
            recipients: users who are notified instead of the subscribers.

        Returns:
            The event, as `notify()` returns it.

        Raises:
            InvalidNotifier: the class has no key, or no value for one of its filters.
            InvalidNotification, InvalidRecipient, InvalidTarget, InvalidFilter: an attribute of
                the notifier is invalid. Nothing was written.
        """
        return notify(**self.arguments(exclude, recipients))

    async def afire(self, exclude: Any = (), *, recipients: Any = None) -> Event:
        """Async version of `fire()`."""
        return await sync_to_async(self.fire)(exclude, recipients=recipients)

    def audience(
        self, medium: str = INBOX, *, exclude: Any = (), recipients: Any = None
    ) -> QuerySet[Any]:
        """Return the users whom `fire()` with the same arguments would reach by a medium."""
        return audience.members(self._draft(exclude, recipients), medium)

    def email_addresses(
        self, medium: str = EMAIL, *, exclude: Any = (), recipients: Any = None
    ) -> list[str]:
        """Return the e-mail addresses that `fire()` would reach besides users."""
        return audience.email_addresses(self._draft(exclude, recipients), medium)

    def arguments(self, exclude: Any = (), recipients: Any = None) -> dict[str, Any]:
        """Return the keyword arguments that `fire()` passes to `notify()`."""
        raise NotImplementedError

    def _draft(self, exclude: Any, recipients: Any) -> Event:
        with notifications_disabled():  # notify() then returns the event without writing it
            return notify(**self.arguments(exclude, recipients))
