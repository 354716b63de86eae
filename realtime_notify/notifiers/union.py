"""Unions of notifiers: one event for the subscribers of several types."""

from __future__ import annotations

from typing import Any

from realtime_notify.exceptions import InvalidNotifier
from realtime_notify.notifiers.base import BaseNotifier
from realtime_notify.notifiers.notifier import Notifier


class NotifierUnion(BaseNotifier):
    """Several notifiers for one event: their subscribers get one notification, from the first.

    A user takes precedence over a subscription of their e-mail address. Users who opted out of
    the first notifier are not notified. An opt-out of another one removes only users whom no
    other notifier reaches.
    """

    def __init__(self, first: Notifier, *others: Notifier) -> None:
        self.first = first
        self.others = others

    def arguments(self, exclude: Any = (), recipients: Any = None) -> dict[str, Any]:
        """Return the keyword arguments that `fire()` passes to `notify()`."""
        excluded = [exclude, *(other._value("exclude") for other in self.others)]
        given = [people for people in excluded if people is not None]
        arguments = self.first.arguments(given, recipients)
        if recipients is not None:
            return arguments
        for notifier in (self.first, *self.others):
            if notifier._value("recipients") is not None:
                raise InvalidNotifier(
                    f"{type(notifier).__name__} names its recipients; a union is for subscribers. "
                    "Pass recipients= to fire()."
                )
        return {**arguments, "also": [other.also() for other in self.others]}
