"""The media that the setting ``MEDIA`` lists: their names and their classes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from realtime_notify.conf import NAME, settings

BUILT_IN = {
    "email": "realtime_notify.media.email.Email",
    "webpush": "realtime_notify.media.webpush.WebPush",
    "webhook": "realtime_notify.media.webhook.Webhook",
}

WEBHOOK = "webhook"
"""The medium that reaches other programs, and no people."""


@cache
def classes() -> Mapping[str, Any]:
    """Return the classes of the media in ``MEDIA``, by the names of the media.

    Raises:
        ImportError: an entry cannot be imported.
    """
    found = [import_string(BUILT_IN.get(entry, entry)) for entry in settings.MEDIA]
    return {medium.name: medium for medium in found}


@cache
def for_people() -> tuple[str, ...]:
    """Return the names of the media in ``MEDIA`` that reach people."""
    # What is built in is not imported for its name: one may lack a package, and yet be listed.
    names = [entry if entry in BUILT_IN else import_string(entry).name for entry in settings.MEDIA]
    return tuple(name for name in dict.fromkeys(names) if name != WEBHOOK)


@cache
def interrupts() -> bool:
    """Tell whether any medium in ``MEDIA`` keeps to the intervals and quiet hours of people."""
    # Of what is built in, all that reaches people interrupts them; it is not imported here either.
    return any(
        entry != WEBHOOK if entry in BUILT_IN else import_string(entry).interrupts
        for entry in settings.MEDIA
    )


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == NAME:
        classes.cache_clear()
        for_people.cache_clear()
        interrupts.cache_clear()


setting_changed.connect(_forget, dispatch_uid="realtime_notify.conf.media")
