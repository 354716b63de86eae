"""Nudges: telling whoever does due work that there is some, before they look by themselves.

The rows are the promise. A nudge only saves the wait, so one that is lost, or that nobody hears,
loses nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.utils.module_loading import import_string

from realtime_notify.conf import settings
from realtime_notify.wire import push

logger = logging.getLogger(__name__)

WakeUp = Callable[["datetime | None"], object]
"""A function that has `run_due()` called: at a moment, or at once when it is None."""


def nudge(when: datetime | None = None) -> None:
    """Have due work done; call it after the commit. Never raises.

    Work that is due at once is done by the server processes, which hear of it over the channel
    layer, and in any case by what the setting `WAKE_UP` names.

    Args:
        when: the moment at which there is something to do; at once when None.
    """
    if when is None:
        push.nudge()
    if settings.WAKE_UP:
        try:
            wake_up: WakeUp = import_string(settings.WAKE_UP)
            wake_up(when)
        except Exception:
            logger.exception("WAKE_UP failed; the next sweep does what is due.")
