"""Firing: what notifiers and unions of them have in common."""

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
    """What can be fired, and asked whom it would reach."""

    def fire(self, exclude: Any = (), *, recipients: Any = None) -> Event:
        """Notify everybody whom it concerns, as `notify()` does.

        Args:
            exclude: these people in no case. Their e-mail address may still be subscribed.
            recipients: these people, subscribed or not, instead of the subscribers.

        Raises:
            InvalidNotifier: there is no key, or no value of a filter.
            InvalidNotification, InvalidRecipient, InvalidTarget, InvalidFilter: what is said of
                the event is not what it should be. Nothing was written.
        """
        return notify(**self.arguments(exclude, recipients))

    async def afire(self, exclude: Any = (), *, recipients: Any = None) -> Event:
        """Do what `fire()` does."""
        return await sync_to_async(self.fire)(exclude, recipients=recipients)

    def audience(
        self, medium: str = INBOX, *, exclude: Any = (), recipients: Any = None
    ) -> QuerySet[Any]:
        """Return the users whom `fire()` would reach by a medium."""
        return audience.members(self._draft(exclude, recipients), medium)

    def email_addresses(
        self, medium: str = EMAIL, *, exclude: Any = (), recipients: Any = None
    ) -> list[str]:
        """Return the e-mail addresses that `fire()` would reach besides these users."""
        return audience.email_addresses(self._draft(exclude, recipients), medium)

    def arguments(self, exclude: Any = (), recipients: Any = None) -> dict[str, Any]:
        """Return what `fire()` passes to `notify()`."""
        raise NotImplementedError

    def _draft(self, exclude: Any, recipients: Any) -> Event:
        with notifications_disabled():  # it says what would be written, and does not write it
            return notify(**self.arguments(exclude, recipients))
