"""The types of the town: one for the inbox alone, and one that is mailed too."""

from __future__ import annotations

from realtime_notify.notifiers import Notifier


class Talk(Notifier):
    """For the inbox."""

    key = "town/talk"
    label = "Talk"
    media = ("inbox",)


class Letter(Notifier):
    """For the inbox, and mailed at once."""

    key = "town/letter"
    label = "Letters"
    media = ("inbox", "email")
    delay = 0
